"""Actions on the members' list: chosen there, confirmed on a page that says with how many and what will happen, done at
once where they are few, else in the background."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from loyalty.backoffice import allowed, mistakes_in
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.selectors import as_uuid
from loyalty.runs import operations
from loyalty.runs.approval import begin_or_ask
from loyalty.runs.carrying import carry_on
from loyalty.runs.kinds import KINDS
from loyalty.runs.models import Run
from programs.activity.bulk import acts, exporting  # noqa: F401 (registers the kinds)
from programs.activity.bulk.forms import ActForm, CardsForm, ExportForm, NoteForm, PointsForm, ProgramForm
from programs.activity.bulk.selection import read_selection, selection_of

AT_ONCE_MAX = 200
NAMES_SHOWN = 5


@dataclass(frozen=True)
class Act:
    """What the list offers: a kind of run, what it says, what it asks."""

    kind: str
    title: str
    text: str
    form: type[ActForm] = ActForm
    is_danger: bool = False


ACTS = {
    act.kind.replace("members.", "bulk_"): act
    for act in (
        Act("members.export", _("Export as CSV"), _("The file holds personal data: who takes it is written down, and "
            "it is deleted after a week."), ExportForm),
        Act("members.give_points", _("Give points"), _("Everybody who takes part gets the same; who does not is left "
            "out. It can be undone as far as the points have not been spent."), PointsForm),
        Act("members.enrol", _("Enrol in a program"), _("Who takes part already stays as they are. It can be undone."),
            ProgramForm),
        Act("members.note", _("Write a note"), _("The same note about each of them. It can be undone."), NoteForm),
        Act("members.suspend", _("Suspend memberships"), _("Nothing is earned or redeemed with these cards until they "
            "are reinstated. It can be undone."), CardsForm, is_danger=True),
        Act("members.reinstate", _("Reinstate memberships"), _("The cards work again. It can be undone."), CardsForm),
        Act("members.switch_off", _("Switch off"), _("They are gone from every list and look-up; their history is "
            "kept. Those whom another brand knows are left out. It can be undone."), is_danger=True),
        Act("members.switch_on", _("Switch on again"), _("They are found again and can use their cards.")),
    )
}  # fmt: skip


class BulkPages:
    """What the members' screen has for many members."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.bulk_view)
        return [path("bulk/<str:run_id>/", view, name="loyalty_member_bulk"), *super().get_urls()]

    def get_actions(self, request):
        """Those that the person may do at one of their brands at least, and no deletion."""
        offered = super().get_actions(request)
        for name, act in ACTS.items():
            if request.user.has_perm(KINDS[act.kind].permission):
                offered[name] = (self._choose(act), name, act.title)
        return offered

    @staticmethod
    def _choose(act: Act):
        def choose(screen, request, queryset):
            return screen.hold(request, queryset, act)

        return choose

    def hold(self, request, queryset, act: Act) -> HttpResponseRedirect | None:
        """Keeps the members that were chosen, and goes to the page that asks."""
        brands = self.brands_for(request, act)
        try:
            chosen = selection_of(queryset)
            known = BrandMember.objects.filter(member__in=chosen.ids[:100], brand__in=brands).values("brand")
            brand = brands.filter(pk__in=known).first()
            if brand is None:
                raise Http404
            run = operations.start(
                act.kind, brand, principal_of(request), {"members": len(chosen.ids)},
                title=f"{act.title}", file=chosen.written(), is_held=True,
            )  # fmt: skip
        except LoyaltyError as refusal:
            for mistake in mistakes_in(refusal):
                messages.error(request, mistake)
            return None
        return HttpResponseRedirect(reverse("admin:loyalty_member_bulk", args=[run.pk]))

    def brands_for(self, request, act: Act):
        theirs = self.brands_where(request, KINDS[act.kind].permission)
        return (Brand.objects.all() if theirs is None else Brand.objects.filter(pk__in=theirs)).order_by("code")

    @allowed("members.view")
    def bulk_view(self, request, run_id):
        """Asks what the act needs, says what will happen, and does it."""
        run = self._chosen_by(request, run_id)
        act = ACTS.get(run.kind.replace("members.", "bulk_"))
        if act is None or run.status != Run.Status.WAITING or "confirmed" in run.arguments or not run.file:
            return HttpResponseRedirect(reverse("admin:loyalty_run_change", args=[run.pk]))
        brands = self.brands_for(request, act)
        if not brands.filter(pk=run.brand_id).exists():
            raise PermissionDenied
        form = act.form(request.POST or None, brands=brands, brand=run.brand)
        if request.method == "POST" and form.is_valid():
            return self._confirmed(request, run, act, form)
        ids = read_selection(run).ids
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": act.title, "act": act, "form": form,
            "count": len(ids), "is_background": len(ids) > AT_ONCE_MAX,
            "names": [str(member) for member in Member.objects.filter(pk__in=ids[:NAMES_SHOWN])],
        }  # fmt: skip
        return TemplateResponse(request, "admin/member_bulk.html", context)

    def _chosen_by(self, request, run_id: str) -> Run:
        """The person's own choice: what is confirmed is done in the name of whoever chose."""
        theirs = self.brands_where(request)
        runs = Run.objects.defer("file").filter(pk=as_uuid(run_id), started_by=request.user.pk).select_related("brand")
        run = (runs if theirs is None else runs.filter(brand__in=theirs)).first()
        if run is None:
            raise Http404
        return run

    def _confirmed(self, request, run: Run, act: Act, form: ActForm) -> HttpResponseRedirect:
        if self._is_written_down(run, act, form):
            self._begin(request, run, form)
        return HttpResponseRedirect(reverse("admin:loyalty_run_change", args=[run.pk]))

    @transaction.atomic
    def _is_written_down(self, run: Run, act: Act, form: ActForm) -> bool:
        """Keeps what the form says, once: of two that are sent at once the second one changes nothing that the first
        one has begun, or asked for."""
        now = operations.lock(run)
        if now.status != Run.Status.WAITING or "confirmed" in now.arguments:
            return False
        given, chosen = form.cleaned_data, read_selection(run)
        run.brand, run.reason = given["brand"], given["reason"]
        run.title = _("%(title)s: %(count)d members") % {"title": act.title, "count": len(chosen.ids)}
        run.arguments = form.arguments() | {"members": len(chosen.ids), "confirmed": True}
        if "text" in given:
            chosen.text = given["text"]
            run.file = chosen.written()
        run.save()
        return True

    def _begin(self, request, run: Run, form: ActForm) -> None:
        count, each = run.arguments["members"], form.points_each()
        if each or count > AT_ONCE_MAX:
            is_large = bool(each) and each >= run.brand.approval_points_min
            if begin_or_ask(principal_of(request), run, points=each * count, is_large=is_large):
                messages.warning(request, _("So many points need a second person: it waits under Approvals."))
                return
        if count <= AT_ONCE_MAX:
            carry_on(run, seconds=None)
