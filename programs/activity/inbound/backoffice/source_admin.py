"""The screen of systems that send events: who they are, the address and secret to enter there, and how to try it."""

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import allowed, chosen_brand, mistakes_in, screen, visible
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.delivery.backoffice.secret_pages import secret_page
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand
from programs.activity.inbound import sources
from programs.activity.inbound.models import EventSource, InboundEvent
from programs.membership.models import Program

LOOK = {"class": "text-field", "autocomplete": "off"}
SECRET_MIN, SECRET_MAX = 8, 200
COUNTED_MAX = 10_000
GIVEN = ("name", "kind", "program", "location_id", "address", "secret")
Kind = EventSource.Kind


def _secret_field(help_text) -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Secret"), required=False, min_length=SECRET_MIN, max_length=SECRET_MAX, help_text=help_text,
        widget=forms.TextInput(LOOK | {"spellcheck": "false"}),
    )  # fmt: skip


class SourceForm(OperationForm):
    """Who sends, and where what they send counts."""

    brand = forms.ModelChoiceField(
        Brand.objects.none(), label=gettext_lazy("Brand"), widget=forms.Select(LOOK), empty_label=None
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("What you call it, say The web shop."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"), choices=Kind.choices, widget=forms.Select(LOOK | {"data-kind": "kind"})
    )
    program = forms.ModelChoiceField(
        Program.objects.none(), label=gettext_lazy("Program"), required=False, widget=forms.Select(LOOK),
        empty_label=gettext_lazy("the brand's only one"), help_text=gettext_lazy("Where its events count."),
    )  # fmt: skip
    location_id = forms.CharField(
        label=gettext_lazy("Location"), max_length=80, required=False, widget=forms.TextInput(LOOK),
        help_text=gettext_lazy("Of its purchases, where they name none."),
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("The address it knows us by"), max_length=2000, required=False,
        widget=forms.TextInput(LOOK | {"inputmode": "url"}),
        help_text=gettext_lazy("As it is entered there: Square signs the address too. You get it when this is saved."),
    )  # fmt: skip
    secret = _secret_field(gettext_lazy("Shopify and Square sign with a secret of their own: copy it from there."))
    is_active = forms.BooleanField(
        label=gettext_lazy("What it sends is taken"), required=False, initial=True,
        widget=forms.CheckboxInput(),
    )  # fmt: skip

    def __init__(self, data=None, *, brands, programs, source: EventSource | None = None, **more):
        if source:
            names = ("name", "kind", "program", "location_id", "address", "is_active")
            more["initial"] = {name: getattr(source, name) for name in names}
        super().__init__(data, **more)
        self.fields["program"].queryset = programs
        if source:
            for name in ("brand", "kind", "secret"):
                del self.fields[name]
        else:
            del self.fields["is_active"]
            self.fields["brand"].queryset = brands

    def clean(self):
        given = super().clean()
        if "kind" in self.fields and given.get("kind") in (Kind.SHOPIFY, Kind.SQUARE) and not given.get("secret"):
            self.add_error("secret", _("Copy the secret from there: without it nobody can know who sends."))
        return given


class RotateForm(OperationForm):
    """A new secret: ours, or one that the shop made."""

    secret = _secret_field(gettext_lazy("For Shopify and Square, the one from there. Empty: we make one."))


@screen(EventSource)
class EventSourceAdmin(OperationAdmin):
    """Systems are entered, changed and switched off; what they told stays."""

    resource = "event_sources"
    brand_path = "brand"
    list_display = ("name", "kind", "state", "program", "brand", "created_at")
    list_filter = ("kind", "is_active", "brand")
    list_select_related = ("brand", "program")
    search_fields = ("name",)
    actions_detail = ("rotate",)

    def offers(self, verb):
        return verb != "delete"

    def get_urls(self):
        view = self.admin_site.admin_view(self.edit_view)
        return [path("<path:object_id>/edit/", view, name="programs_eventsource_edit"), *super().get_urls()]

    @display(description=gettext_lazy("State"), ordering="is_active", label={"Taken": "success", "Refused": "danger"})
    def state(self, source):
        return "Taken" if source.is_active else "Refused"

    @operation(
        gettext_lazy("New secret"), form=RotateForm, icon="key",
        text=gettext_lazy("For a day the secret before is taken too, so that the system can change over."),
    )  # fmt: skip
    def rotate(self, request, obj, data):
        _source, secret = sources.rotate_secret(obj, secret=data["secret"], actor=principal_of(request).actor)
        request.shown_once = secret
        return _("There is a new secret.")

    def press(self, request, object_id, button, run):
        """A new secret is shown once, on the page that answers."""
        answer = super().press(request, object_id, button, run)
        if secret := getattr(request, "shown_once", ""):
            return self._secret_page(request, self.get_object(request, unquote(object_id)), secret)
        return answer

    def add_view(self, request, form_url="", extra_context=None):
        """Asks who sends, enters them, and shows the secret and the address."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        theirs = self.brands_where(request, "add")
        brands = Brand.objects.defer("logo").order_by("name")
        brands = brands if theirs is None else brands.filter(pk__in=theirs)
        initial = {"brand": chosen_brand(request)}
        form = SourceForm(request.POST or None, brands=brands, programs=self._programs(request), initial=initial)
        refusals: list[str] = []
        if request.method == "POST" and form.is_valid():
            given = {
                name: form.cleaned_data[name] for name in form.cleaned_data if name not in ("brand", "request_key")
            }
            actor = principal_of(request).actor
            try:
                made, secret = sources.create_source(form.cleaned_data["brand"], **given, actor=actor)
            except LoyaltyError as refusal:
                refusals = mistakes_in(refusal)
            else:
                self.log_addition(request, made, _("Entered"))
                return self._secret_page(request, made, secret)
        return self._form_page(request, form, refusals, _("A system that tells us"), _("Enter it"))

    @allowed("event_sources.change")
    def edit_view(self, request, object_id):
        """Asks for the system anew, and changes it."""
        source = self._source(request, object_id, "change")
        form = SourceForm(request.POST or None, brands=(), programs=self._programs(request), source=source)
        refusals: list[str] = []
        if request.method == "POST" and form.is_valid():
            given = {name: value for name, value in form.cleaned_data.items() if name != "request_key"}
            try:
                sources.change_source(source, given, actor=principal_of(request).actor)
            except LoyaltyError as refusal:
                refusals = mistakes_in(refusal)
            else:
                self.log_change(request, source, _("Changed"))
                messages.success(request, _("It is changed."))
                return HttpResponseRedirect(self.page_of(source))
        return self._form_page(request, form, refusals, _("Change the system"), _("Save"), source)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a system, to look at."""
        source = self._source(request, object_id, "view")
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        newest = InboundEvent.objects.filter(brand=source.brand_id).order_by("-pk").values("pk")[:COUNTED_MAX]
        counted = InboundEvent.objects.filter(pk__in=newest, sender=source).order_by().values_list("status")
        counts = dict(counted.annotate(count=Count("pk")))
        Status = InboundEvent.Status
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "source": source, "title": _("System"),
            "address": _address_of(request, source), "state": self.state(source),
            "tiles": [{"status": str(one), "told": one.label, "count": counts[one]} for one in Status if one in counts],
            "may_change": self.is_within(request, source, "change"),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip
        return TemplateResponse(request, "admin/inbound/source.html", context)

    def _programs(self, request):
        found = visible(request, Program).exclude(status=Program.Status.ARCHIVED).order_by("name")
        return found if (chosen := chosen_brand(request)) is None else found.filter(brand=chosen)

    def _source(self, request, object_id: str, verb: str) -> EventSource:
        source = self.get_object(request, unquote(str(object_id)))
        if source is None:
            raise Http404
        if not self.is_within(request, source, verb):
            raise PermissionDenied
        return source

    def _form_page(self, request, form, refusals, title, act, source=None):
        back = self.page_of(source) if source else reverse("admin:programs_eventsource_changelist")
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "form": form, "refusals": refusals,
            "title": title, "act": act, "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "admin/inbound/source_form.html", context)

    def _secret_page(self, request, source: EventSource, secret: str):
        return secret_page(
            self, request, secret, subject=source.name, back=self.page_of(source), source=source,
            until=source.previous_until if source.previous_secret else None, address=_address_of(request, source),
            hint="admin/inbound/how_to_send.html",
        )  # fmt: skip


def _address_of(request, source: EventSource) -> str:
    return request.build_absolute_uri(reverse("event-source-in", args=[source.pk]))
