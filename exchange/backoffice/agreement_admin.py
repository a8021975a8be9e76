"""The screen of agreements: proposed by one brand, accepted by the other, changed before that, and ended by either."""

from django.contrib.admin.utils import unquote
from django.http import Http404, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from exchange.backoffice.agreement_forms import ChangeForm, ProposalForm, terms_given, terms_now
from exchange.backoffice.sides import OfBothSides, own_programs, pair_told
from exchange.backoffice.standing import standings
from exchange.backoffice.wording import rate_told
from exchange.rates import agreements
from exchange.rates.models import Agreement
from loyalty import clock
from loyalty.backoffice import screen, take_over
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand

Status = Agreement.Status
STATUS_LABELS = {"Proposed": "warning", "Active": "success", "Ended": None}
STATE_CLASS = {Status.PROPOSED: "rw-warn", Status.ACTIVE: "rw-good", Status.ENDED: ""}
PROPOSAL = ("from_program", "partner_code", "direction", "rate_max", "point_price", "currency", "is_prefunded", "note")


@screen(Agreement)
class AgreementAdmin(OfBothSides, OperationAdmin):
    """What both brands have agreed to is not changed: it is ended, and another one proposed."""

    resource = "agreements"
    form = ProposalForm
    list_display = ("pair", "status_label", "ceiling", "price", "funding", "created_at")
    list_filter = ("status",)
    list_select_related = ("from_program__brand", "from_program__unit", "to_program__brand", "to_program__unit")
    search_fields = ("from_program__code", "to_program__code", "from_program__name", "to_program__name")
    actions_detail = ("accept", "change_terms", "end")
    ordering = ("-created_at", "-pk")

    def offers(self, verb):
        return verb != "delete"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_fields(self, request, obj=None):
        return PROPOSAL

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **(kwargs | {"fields": ("from_program",)}))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """One's own programs: those where one may propose."""
        if db_field.name == "from_program":
            programs = own_programs(request, "agreements.add")
            kwargs["queryset"] = programs
            if len(only := list(programs[:2])) == 1:
                kwargs["initial"] = only[0]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        from_ref, to_ref = form.ends()
        made = agreements.propose_agreement(principal_of(request), from_ref, to_ref, **terms_given(given))
        take_over(obj, made)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        agreement = self.get_object(request, unquote(object_id))
        if agreement is None or not self.has_view_permission(request, agreement):
            raise Http404
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        return TemplateResponse(request, "admin/exchange/agreement.html", self._page(request, agreement, object_id))

    def may_press(self, request, button, obj):
        """The brand that has not yet agreed accepts."""
        if button.verb == "accept" and not self._can_accept(request, obj):
            return False
        return super().may_press(request, button, obj)

    def get_actions_detail(self, request, object_id):
        """What holds is changed where one and the same has both sides; elsewhere that is not offered."""
        shown = super().get_actions_detail(request, object_id)
        obj = self.get_object(request, unquote(str(object_id)))
        if obj is None or obj.status != Status.ACTIVE or self._has_both(request, obj):
            return shown
        return [each for each in shown if each.method.__name__ != "change_terms"]

    def _has_both(self, request, agreement) -> bool:
        brands = self.brands_where(request, "change")
        return brands is None or _sides(agreement) <= brands

    def _can_accept(self, request, agreement) -> bool:
        brands = self.brands_where(request, "accept")
        lacking = _sides(agreement) - set(agreement.accepted_by)
        return bool(lacking if brands is None else lacking & brands)

    def subject(self, obj):
        told = (obj.from_program.name, obj.to_program.name)
        return f"{pair_told(obj.from_program, obj.to_program)} · {' → '.join(told)}"

    def form_of(self, request, button, obj):
        if button.form is ChangeForm:
            return ChangeForm(request.POST or None, initial=terms_now(obj))
        return super().form_of(request, button, obj)

    @display(description=gettext_lazy("Pair"), ordering="from_program__code")
    def pair(self, agreement):
        return pair_told(agreement.from_program, agreement.to_program)

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, agreement):
        return agreement.get_status_display()

    @display(description=gettext_lazy("Highest rate"), empty_value="-")
    def ceiling(self, agreement):
        return rate_told(agreement.rate_max) or None

    @display(description=gettext_lazy("Price of a point"), empty_value="-")
    def price(self, agreement):
        return price_told(agreement) or None

    @display(description=gettext_lazy("Left in the pool"), empty_value="-")
    def funding(self, agreement):
        return f"{agreement.pool_points:,}" if agreement.is_prefunded else None

    @operation(
        gettext_lazy("Accept"), form=OperationForm, icon="handshake",
        text=gettext_lazy("From now on the pair can have a rate, and members can exchange at these terms."),
        is_there=lambda agreement: agreement.status == Status.PROPOSED,
    )  # fmt: skip
    def accept(self, request, obj, data):
        agreements.accept_agreement(principal_of(request), obj.pk)
        return _("The agreement is in force.")

    @operation(
        gettext_lazy("Change the terms"), form=ChangeForm, verb="change", icon="edit",
        text=gettext_lazy("Where another brand has the other side, it has to accept the terms as they are then."),
        is_there=lambda agreement: agreement.status != Status.ENDED,
    )  # fmt: skip
    def change_terms(self, request, obj, data):
        changed = agreements.change_agreement(principal_of(request), obj.pk, terms_given(data))
        if changed.status == Status.PROPOSED:
            return _("The terms are changed. The other brand has to accept them.")
        return _("The terms are changed.")

    @operation(
        gettext_lazy("End"), form=ReasonForm, icon="link_off", is_danger=True,
        text=gettext_lazy(
            "Nobody can begin an exchange of this pair from now on. Those that wait are settled; what was exchanged "
            "stays."
        ),
        is_there=lambda agreement: agreement.status != Status.ENDED,
    )  # fmt: skip
    def end(self, request, obj, data):
        agreements.end_agreement(principal_of(request), obj.pk)
        return _("The agreement has ended.")

    def _page(self, request, agreement: Agreement, object_id: str) -> dict:
        brands = self.brands_where(request)
        pair = standings([agreement], clock.now())[0]
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "original": agreement, "agreement": agreement,
            "title": _("Agreement"), "pair": pair_told(agreement.from_program, agreement.to_program),
            "state_class": STATE_CLASS[agreement.status], "ceiling": rate_told(agreement.rate_max),
            "price": price_told(agreement), "standing": pair, "rate": rate_told(pair.effective),
            "sides": sides_told(agreement, brands), "accepted": _accepted(agreement),
            "waits_for_us": agreement.status == Status.PROPOSED and self._can_accept(request, agreement),
            "may_history": self.admin_site.keeps_history(request, Agreement),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip


def price_told(agreement: Agreement) -> str:
    """What one issued point costs; "" where nothing is owed."""
    return "" if agreement.point_price is None else f"{rate_told(agreement.point_price)} {agreement.currency}"


def sides_told(agreement: Agreement, brands) -> list[str]:
    """What the agreement means for who looks, side by side: for an operator (None) and a brand with both, both."""
    giving, getting = agreement.from_program, agreement.to_program
    told = {
        "giver": giving.name, "getter": getting.name, "gave": giving.unit.name, "got": getting.unit.name,
        "price": price_told(agreement), "brand": getting.brand.name, "payer": giving.brand.name,
    }  # fmt: skip
    found = []
    if brands is None or giving.brand_id in brands:
        found.append(_("Members of %(giver)s give %(gave)s and get %(got)s of %(getter)s.") % told)
        if told["price"] and giving.brand_id != getting.brand_id:
            found.append(_("%(payer)s owes %(brand)s %(price)s for each point issued.") % told)
    if brands is not None and getting.brand_id in brands and giving.brand_id not in brands:
        found.append(_("You issue %(got)s to members of %(giver)s, who give %(gave)s for them.") % told)
        if told["price"]:
            found.append(_("%(payer)s owes you %(price)s for each point you issue.") % told)
    if agreement.is_prefunded:
        found.append(_("They come out of a pool that %(payer)s paid for before.") % told)
    return found


def _sides(agreement: Agreement) -> set:
    return {agreement.from_program.brand_id, agreement.to_program.brand_id}


def _accepted(agreement: Agreement) -> list[tuple[Brand, bool]]:
    """Each brand, and whether it has agreed."""
    brands = {one.pk: one for one in (agreement.from_program.brand, agreement.to_program.brand)}
    return [(brand, brand.pk in agreement.accepted_by) for brand in brands.values()]
