"""Buttons of the admin portal: a form, an operation, and its refusal in words. Nothing is written here."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty.backoffice import BrandScopedAdmin, mistakes_in
from loyalty.errors import LoyaltyError
from loyalty.history.acting import acting
from loyalty.roles import is_known


class OperationForm(forms.Form):
    """The form of a button. `request_key` is made when the form is shown, so that pressing twice acts once."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class ReasonForm(OperationForm):
    """Asks why; the answer is kept with what is done."""

    reason = forms.CharField(
        max_length=400, label=_("Reason"), widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True})
    )


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button on an object's page: who may press it, when it is there, and what it asks."""

    title: str
    text: str
    form: type[OperationForm]
    verb: str
    is_danger: bool
    is_there: Callable[[models.Model], bool]


def operation(
    title: str,
    *,
    text: str = "",
    form: type[OperationForm] = ReasonForm,
    verb: str = "",
    icon: str | None = None,
    is_danger: bool = False,
    is_there: Callable[[models.Model], bool] = lambda obj: True,
):
    """Makes a method `(self, request, obj, data) -> str` a button of an OperationAdmin: its form is asked, then the
    method calls an operation and returns what to tell the person, or raises a LoyaltyError, which is shown. What it
    sets as `request.next_object` is the page that comes after. Who may press it stands in the table of
    roles under the screen's resource and `verb` (the method's name, unless told; with a dot, "points.adjust", it names
    another resource)."""

    def decorate(run):
        variant = ActionVariant.DANGER if is_danger else ActionVariant.DEFAULT

        @action(description=title, url_path=run.__name__.replace("_", "-"), icon=icon, variant=variant)
        def button(self, request, object_id):
            return self.press(request, object_id, button.button, run)

        named = verb or run.__name__
        button.button = Button(title=title, text=text, form=form, verb=named, is_danger=is_danger, is_there=is_there)
        button.__name__ = run.__name__
        return button

    return decorate


class OperationAdmin(BrandScopedAdmin):
    """A screen with buttons (`actions_detail`) that call operations. Nothing is written here."""

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        for name, button in self.buttons().items():
            if not is_known(self.permission(button.verb)):
                raise ImproperlyConfigured(f"The table of roles has no {self.permission(button.verb)} ({name}).")

    @classmethod
    def buttons(cls) -> dict[str, Button]:
        """The buttons of the screen, by the names of their methods."""
        found = {name: getattr(getattr(cls, name, None), "button", None) for name in dir(cls)}
        return {name: button for name, button in found.items() if isinstance(button, Button)}

    def may_press(self, request: HttpRequest, button: Button, obj: models.Model) -> bool:
        return bool(self.is_within(request, obj, button.verb) and button.is_there(obj))

    def get_actions_detail(self, request, object_id):
        obj = self.get_object(request, unquote(str(object_id)))
        shown = super().get_actions_detail(request, object_id)
        return [each for each in shown if obj and self._is_pressable(request, each, obj)]

    def _is_pressable(self, request, unfold_action, obj) -> bool:
        button = getattr(unfold_action.method, "button", None)
        return button is None or self.may_press(request, button, obj)

    def press(self, request: HttpRequest, object_id: str, button: Button, run) -> HttpResponse:
        """Shows the button's form, or does what it says and returns to the object's page."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.may_press(request, button, obj):
            raise PermissionDenied
        form = self.form_of(request, button, obj)
        if request.method == "POST" and form.is_valid():
            try:
                with acting(reason=form.cleaned_data.get("reason") or ""):
                    told = run(self, request, obj, form.cleaned_data)
            except LoyaltyError as refusal:
                for mistake in mistakes_in(refusal):
                    messages.error(request, mistake)
            else:
                self.log_change(request, obj, f"{button.title}: {form.cleaned_data.get('reason') or told}")
                messages.success(request, told)
                return HttpResponseRedirect(self.page_of(getattr(request, "next_object", obj)))
        return self._ask(request, obj, button, form)

    def form_of(self, request: HttpRequest, button: Button, obj: models.Model) -> OperationForm:
        """The button's form for this object."""
        return button.form(request.POST or None)

    def subject(self, obj: models.Model) -> str:
        """What the button is about, in words, above its form."""
        return str(obj)

    def page_of(self, obj: models.Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    def _ask(self, request, obj, button: Button, form) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts, "original": obj, "title": button.title, "button": button,
            "form": form, "subject": self.subject(obj), "back": self.page_of(obj), "media": self.media + form.media,
        }  # fmt: skip
        return TemplateResponse(request, "admin/operation.html", context)
