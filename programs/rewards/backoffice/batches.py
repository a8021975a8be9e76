"""The screen of many codes at once: batches with how far they are, the form that asks for one, its file, and the button
that takes it out of use."""

from typing import ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import allowed, screen
from loyalty.backoffice_buttons import OperationAdmin, operation
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from loyalty.runs.models import Run
from loyalty.runs.selectors import progress_of
from programs.membership.models import Program
from programs.rewards.backoffice.batch_forms import BatchForm
from programs.rewards.backoffice.reasons import ShortReasonForm
from programs.rewards.backoffice.wording import conditions, day, filled_bar, worth
from programs.rewards.issuing.asking import ask_for_codes, disable_batch
from programs.rewards.issuing.downloading import file_name, take_codes
from programs.rewards.models import Voucher, VoucherBatch

PER_CENT = 100
PROGRAMS_MAX = 200


@screen(VoucherBatch)
class BatchAdmin(OperationAdmin):
    """Batches are asked for and taken out of use, never changed and never deleted."""

    resource = "vouchers"
    brand_path = "program__brand"
    list_display = ("name", "worth_told", "filled", "until", "program", "created_at", "state")
    list_filter = ("program", "reward", "created_at")
    list_select_related = ("program", "reward")
    search_fields = ("name",)
    actions_detail = ("disable",)

    class Media:
        css: ClassVar[dict] = {"all": ("loyalty/rewards.css",)}

    def offers(self, verb):
        return verb not in ("change", "delete")

    def permission(self, verb):
        return super().permission("issue_many" if verb == "add" else verb)

    def get_urls(self):
        view = self.admin_site.admin_view(self.file_view)
        return [path("<path:object_id>/codes/", view, name="programs_voucherbatch_codes"), *super().get_urls()]

    @display(description=gettext_lazy("Worth"))
    def worth_told(self, batch):
        return worth(batch.terms, batch.program.money_currency) or batch.reward or "-"

    @display(description=gettext_lazy("Codes"))
    def filled(self, batch):
        told = _("%(made)s of %(count)s") % {"made": f"{batch.made:,}", "count": f"{batch.count:,}"}
        return filled_bar(batch.made * PER_CENT // batch.count, told)

    @display(description=gettext_lazy("Until"), empty_value="-")
    def until(self, batch):
        return day(batch.expires_at) or None

    @display(description=gettext_lazy("State"), label={"Disabled": "danger", "Made": "success", "Being made": "info"})
    def state(self, batch):
        if batch.disabled_at:
            return "Disabled"
        return "Made" if batch.made == batch.count else "Being made"

    def add_view(self, request, form_url="", extra_context=None):
        """Asks for the program where there are several, then for the codes."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = list(self._programs(request)[:PROGRAMS_MAX])
        chosen = request.GET.get("program") or (str(programs[0].pk) if len(programs) == 1 else "")
        program = next((one for one in programs if str(one.pk) == chosen), None)
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        if program is None:
            context |= {"programs": programs, "title": _("Codes of which program?")}
            return TemplateResponse(request, "admin/rewards/choose.html", context)
        form = BatchForm(request.POST or None, program=program)
        if request.method == "POST" and form.is_valid():
            try:
                made = ask_for_codes(principal_of(request), program, form.asked())
            except LoyaltyError as refusal:
                form.add_error(None, refusal.detail)
            else:
                self.log_addition(request, made, _("Asked for"))
                messages.success(request, _("The codes are made."))
                return HttpResponseRedirect(self.page_of(made))
        context |= {
            "form": form, "program": program, "title": _("Many codes at once"),
            "back": reverse("admin:programs_voucherbatch_changelist"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/rewards/batch_form.html", context)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a batch, to look at."""
        batch = self._batch(request, object_id, "view")
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        run = Run.objects.defer("file").filter(pk=batch.run_id).first() if batch.run_id else None
        uses = Q(uses__gt=0)
        counted = Voucher.objects.filter(batch=batch).aggregate(
            used=Count("id", filter=uses), disabled=Count("id", filter=Q(status=Voucher.Status.DISABLED))
        )
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": batch, "batch": batch,
            "title": batch.name, "worth": self.worth_told(batch), "state": self.state(batch),
            "until": self.until(batch),
            "conditions": conditions(batch.terms, batch.program.money_currency), "run": run, "counted": counted,
            "progress": progress_of(run) if run else None, "per_cent": batch.made * PER_CENT // batch.count,
            "may_download": self.is_within(request, batch, "export") and batch.made,
            "may_see_run": run and request.user.has_perm("runs.view", batch.program.brand_id),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip
        return TemplateResponse(request, "admin/rewards/batch.html", context)

    @operation(
        gettext_lazy("Disable all"),
        text=gettext_lazy("No more codes are made, and those that nobody has used are not taken any more, for good."),
        form=ShortReasonForm, icon="block", is_danger=True, is_there=lambda batch: batch.disabled_at is None,
    )  # fmt: skip
    def disable(self, request, obj, data):
        count = disable_batch(principal_of(request), obj, reason=data["reason"])
        return _("%(count)s vouchers are disabled.") % {"count": f"{count:,}"}

    @allowed("vouchers.export")
    def file_view(self, request, object_id):
        """The codes as CSV; who takes them is written down."""
        batch = self._batch(request, object_id, "export")
        lines = take_codes(principal_of(request), batch)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{file_name(batch)}"'
        return answer

    def _batch(self, request, object_id: str, verb: str) -> VoucherBatch:
        batch = self.get_object(request, unquote(object_id))
        if batch is None:
            raise Http404
        if not self.is_within(request, batch, verb):
            raise PermissionDenied
        return batch

    def _programs(self, request):
        theirs = self.brands_where(request, "issue_many")
        found = admin.site._registry[Program].narrowed(request, Program.objects.order_by("name"))
        found = found.exclude(status=Program.Status.ARCHIVED).select_related("brand", "unit")
        return found if theirs is None else found.filter(brand__in=theirs)
