"""The brand's screen of its own kinds of event: what it tells, and of which kind each field is."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from loyalty.backoffice import screen, take_over
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.identity.backoffice import principal_of
from programs.earning.event_types import operations
from programs.earning.models import EventType

FIELD = re.compile(r"\s*([^:\s]+)\s*:\s*(\S+)\s*\Z")


class EventTypeForm(forms.ModelForm):
    """The fields one on a line: "text_length: integer"."""

    told = forms.CharField(
        label=gettext_lazy("What it tells"), required=False, max_length=8_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5, "spellcheck": "false"}),
    )  # fmt: skip

    class Meta:
        model = EventType
        fields = ("brand", "name", "label")

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        if "told" in self.fields:
            self.fields["told"].help_text = _(
                "One field on a line, and its kind: text_length: integer. Kinds: %(kinds)s."
            ) % {"kinds": ", ".join(operations.KINDS)}
            self.initial["told"] = "\n".join(f"{name}: {kind}" for name, kind in (self.instance.fields or {}).items())

    def clean_told(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["told"].splitlines():
            if not line.strip():
                continue
            read = FIELD.match(line)
            if not read:
                raise ValidationError(_("“%(line)s” is not like “text_length: integer”.") % {"line": line.strip()[:80]})
            found[read[1]] = read[2]
        return found


@screen(EventType)
class EventTypeAdmin(OperationAdmin):
    """Kinds of events that systems of the brand may send and rules may be about."""

    resource = "event_types"
    brand_path = "brand"
    form = EventTypeForm
    list_display = ("name", "label", "fields_told", "brand")
    list_filter = ("brand",)
    list_select_related = ("brand",)
    search_fields = ("name", "label")
    ordering = ("name",)
    actions_detail = ("remove",)
    fieldsets = ((None, {"fields": ("brand", "name", "label", "told")}),)

    def offers(self, verb):
        """They are taken away by the button, which asks the operation, and by no page of the library's."""
        return verb != "delete"

    def get_fieldsets(self, request, obj=None):
        """Who may not change it reads the fields, for the form's own field is not theirs."""
        if obj and not self.has_change_permission(request, obj):
            return ((None, {"fields": ("brand", "name", "label", "fields_told")}),)
        return self.fieldsets

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "fields_told", *(("name",) if obj else ()))

    @display(description=gettext_lazy("What it tells"), empty_value="-")
    def fields_told(self, event_type):
        return ", ".join(f"{name} ({kind})" for name, kind in (event_type.fields or {}).items()) or None

    def save_model(self, request, obj, form, change):
        given, actor = form.cleaned_data, principal_of(request).actor
        if change:
            known = EventType.objects.get(pk=obj.pk)
            take_over(
                obj,
                operations.change_event_type(known, {"label": given["label"], "fields": given["told"]}, actor=actor),
            )
        else:
            made = operations.create_event_type(
                given["brand"], name=given["name"], label=given["label"], fields=given["told"], actor=actor
            )
            take_over(obj, made)

    @operation(
        gettext_lazy("Take away"),
        text=gettext_lazy("Systems cannot send it any more; what they sent stays. Refused while rules are about it."),
        form=OperationForm, verb="remove", icon="delete", is_danger=True,
    )  # fmt: skip
    def remove(self, request, obj, data):
        operations.delete_event_type(obj, actor=principal_of(request).actor)
        request.is_removed = True
        return _("The kind of event is taken away.")

    def press(self, request, object_id, button, run):
        """After it is taken away there is no page of it to go back to."""
        answer = super().press(request, object_id, button, run)
        if getattr(request, "is_removed", False):
            return HttpResponseRedirect(reverse("admin:programs_eventtype_changelist"))
        return answer
