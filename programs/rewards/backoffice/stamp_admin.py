"""The screen of stamp cards: the list, the page of each, its form, and the buttons that start and stop it. Who collects
on them is in `stamp_lists`."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import allowed, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from programs.membership.models import Program
from programs.rewards.backoffice.stamp_forms import CardForm, initial_of
from programs.rewards.stamps import cards
from programs.rewards.stamps.models import Stamp, StampCard, StampSheet
from programs.rewards.stamps.selectors import in_status

Status, SheetStatus = StampCard.Status, StampSheet.Status
STATUS_LABELS = {"Draft": "info", "Active": "success", "Paused": "warning", "Archived": None}
PROGRAMS_MAX = 200


def _is(*statuses):
    return lambda card: card.status in statuses


@screen(StampCard)
class StampCardAdmin(OperationAdmin):
    """Stamp cards are made, changed, paused and archived; never deleted, for sheets speak of them."""

    resource = "stamp_cards"
    brand_path = "program__brand"
    list_display = ("name", "status_label", "stamps_needed", "reward", "collecting", "full", "program")
    list_filter = ("status", "program")
    list_select_related = ("program", "reward")
    search_fields = ("name", "code")
    actions_detail = ("activate", "pause", "archive")

    def offers(self, verb):
        return verb != "delete"

    def get_urls(self):
        view = self.admin_site.admin_view(self.edit_view)
        return [path("<path:object_id>/edit/", view, name="programs_stampcard_edit"), *super().get_urls()]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("program__brand", "reward")

    def prepare_rows(self, request, rows):
        sheets = StampSheet.objects.filter(card__in=[row.pk for row in rows]).order_by().values("card")
        counted = sheets.annotate(
            collecting=Count("member", filter=in_status(SheetStatus.OPEN), distinct=True),
            full=Count("id", filter=Q(status=SheetStatus.FULL)),
            used=Count("id", filter=Q(status=SheetStatus.USED)),
        )
        found = {row["card"]: row for row in counted}
        for row in rows:
            row.figures = found.get(row.pk, {"collecting": 0, "full": 0, "used": 0})

    @display(description=gettext_lazy("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, card):
        return card.get_status_display()

    @display(description=gettext_lazy("Members collecting"))
    def collecting(self, card):
        return f"{card.figures['collecting']:,}"

    @display(description=gettext_lazy("Full cards waiting"))
    def full(self, card):
        return f"{card.figures['full']:,}"

    def add_view(self, request, form_url="", extra_context=None):
        """Asks for the program where there are several, then for the card."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = list(self._programs(request)[:PROGRAMS_MAX])
        chosen = request.GET.get("program") or (str(programs[0].pk) if len(programs) == 1 else "")
        program = next((one for one in programs if str(one.pk) == chosen), None)
        if program is None:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "programs": programs,
                       "title": _("Of which program?")}  # fmt: skip
            return TemplateResponse(request, "admin/rewards/choose.html", context)
        form = CardForm(request.POST or None, program=program, initial={"stamps_needed": 10, "scan_hours": 12})
        if request.method == "POST" and form.is_valid():
            try:
                actor = principal_of(request).actor
                made = cards.create_card(program, code=form.code_told(), actor=actor, **form.terms())
            except LoyaltyError as refusal:
                form.take(refusal)
            else:
                self.log_addition(request, made, _("Made"))
                messages.success(request, _("The stamp card is there; members can collect on it."))
                return HttpResponseRedirect(self.page_of(made))
        return self._form(request, program, form, None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a card."""
        card = self._card(request, object_id, "view")
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        self.prepare_rows(request, [card])
        given = Stamp.objects.filter(card=card, undone_at=None).aggregate(sum=Sum("count"))["sum"] or 0
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": card, "card": card,
            "title": card.name, "program": card.program, "given": given, "figures": card.figures,
            "facts": _facts(card), "may_members": request.user.has_perm("stamps.view", card.program.brand_id),
            "may_change": self.is_within(request, card, "change") and card.status != Status.ARCHIVED,
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip
        return TemplateResponse(request, "admin/rewards/card.html", context)

    @allowed("stamp_cards.change")
    def edit_view(self, request, object_id):
        """The form of a card that is there."""
        card = self._card(request, object_id, "change")
        if card.status == Status.ARCHIVED:
            return HttpResponseRedirect(self.page_of(card))
        form = CardForm(request.POST or None, program=card.program, card=card, initial=initial_of(card))
        if request.method == "POST" and form.is_valid():
            try:
                cards.change_card(card, form.terms(), actor=principal_of(request).actor)
            except LoyaltyError as refusal:
                form.take(refusal)
            else:
                self.log_change(request, card, _("Changed"))
                messages.success(request, _("The stamp card is changed."))
                return HttpResponseRedirect(self.page_of(card))
        return self._form(request, card.program, form, card)

    @operation(
        gettext_lazy("Activate"), text=gettext_lazy("Members can collect on it from now on."), form=OperationForm,
        verb="change", icon="play_arrow", is_there=_is(Status.DRAFT, Status.PAUSED),
    )  # fmt: skip
    def activate(self, request, obj, data):
        cards.change_card(obj, {"status": Status.ACTIVE}, actor=principal_of(request).actor)
        return _("The stamp card is active.")

    @operation(
        gettext_lazy("Pause"), text=gettext_lazy("Nobody collects on it until it is activated again."),
        form=OperationForm, verb="change", icon="pause", is_there=_is(Status.ACTIVE),
    )  # fmt: skip
    def pause(self, request, obj, data):
        cards.change_card(obj, {"status": Status.PAUSED}, actor=principal_of(request).actor)
        return _("The stamp card is paused.")

    @operation(
        gettext_lazy("Archive"), form=OperationForm, verb="change", icon="archive", is_danger=True,
        text=gettext_lazy("Nobody collects on it any more, for good; full cards can still be turned in."),
        is_there=_is(Status.DRAFT, Status.ACTIVE, Status.PAUSED),
    )  # fmt: skip
    def archive(self, request, obj, data):
        cards.change_card(obj, {"status": Status.ARCHIVED}, actor=principal_of(request).actor)
        return _("The stamp card is archived.")

    def _card(self, request, object_id: str, verb: str) -> StampCard:
        card = self.get_object(request, unquote(object_id))
        if card is None:
            raise Http404
        if not self.is_within(request, card, verb):
            raise PermissionDenied
        return card

    def _programs(self, request):
        theirs = self.brands_where(request, "add")
        found = admin.site._registry[Program].narrowed(request, Program.objects.order_by("name"))
        found = found.exclude(status=Program.Status.ARCHIVED).select_related("brand")
        return found if theirs is None else found.filter(brand__in=theirs)

    def _form(self, request, program: Program, form: CardForm, card: StampCard | None):
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "program": program, "form": form, "card": card,
            "title": _("Change %(name)s") % {"name": card.name} if card else _("A new stamp card"),
            "back": self.page_of(card) if card else reverse("admin:programs_stampcard_changelist"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/rewards/card_form.html", context)


def _facts(card: StampCard) -> list[tuple]:
    endless = _("no bound")
    days = card.expires_after_days
    return [
        (_("A full card is worth"), card.reward),
        (_("Days to fill it"), f"{days:,}" if days else endless),
        (_("Stamps for a member in a day"), f"{card.day_max:,}" if card.day_max else endless),
        (_("Hours between two scans"), f"{card.scan_hours:,}"),
    ]
