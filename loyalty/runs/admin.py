"""The screen of long work: what was asked, how far it is, what came of it, and buttons to stop, take up or undo it."""

from io import StringIO

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from loyalty.backoffice import allowed, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, ReasonForm, operation
from loyalty.csv_files import CsvWriter
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from loyalty.runs import operations
from loyalty.runs.approval import begin_or_ask, waiting_for
from loyalty.runs.kinds import KINDS
from loyalty.runs.models import Run
from loyalty.runs.selectors import has_file, mistakes_of, progress_of, with_members

STATUS_LABELS = {"Waiting": "info", "Running": "info", "Done": "success", "Failed": "danger", "Cancelled": "warning"}


def _is_live(run: Run) -> bool:
    return run.status in operations.LIVE


def _can_be_done_for_real(run: Run) -> bool:
    return (
        run.is_dry_run and run.status == Run.Status.DONE and Run.objects.filter(pk=run.pk, file__isnull=False).exists()
    )


@screen(Run)
class RunAdmin(OperationAdmin):
    """Nobody adds or changes a run by hand."""

    resource = "runs"
    brand_path = "brand"
    list_display = ("title", "state", "progress", "refused", "started_by", "created_at", "finished_at")
    list_filter = ("status", "kind", "created_at")
    list_select_related = ("started_by",)
    ordering = ("-created_at",)
    actions_detail = ("cancel", "resume", "run_for_real", "undo")

    def get_queryset(self, request):
        return super().get_queryset(request).defer("file").select_related("brand", "started_by")

    def may(self, request, verb, obj=None):
        return verb not in ("add", "change", "delete") and super().may(request, verb, obj)

    def get_urls(self):
        more = [
            path(
                "<path:object_id>/progress/",
                self.admin_site.admin_view(self.progress_view),
                name="loyalty_run_progress",
            ),
            path(
                "<path:object_id>/mistakes/",
                self.admin_site.admin_view(self.mistakes_view),
                name="loyalty_run_mistakes",
            ),
            path("<path:object_id>/file/", self.admin_site.admin_view(self.file_view), name="loyalty_run_file"),
        ]
        return more + super().get_urls()

    @display(description=_("State"), ordering="status", label=STATUS_LABELS)
    def state(self, run):
        return run.get_status_display()

    @display(description=_("Done"))
    def progress(self, run):
        return f"{run.done:,} / {run.total:,}" if run.total is not None else "-"

    @display(description=_("Refused"))
    def refused(self, run):
        return f"{run.failed:,}"

    @allowed("runs.view")
    def change_view(self, request, object_id, form_url="", extra_context=None):
        run = self.run_of(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts, "original": run, "title": run.title, "run": run, "progress": progress_of(run),
            "buttons": self.navigation_of(request, object_id), "object_id": object_id,
            "has_file": has_file(run), "mistakes": with_members(run, mistakes_of(run)[:50]),
            "waits_for": _is_live(run) and waiting_for(run),
            "undone_by": Run.objects.filter(undoes=run).first(),
            "next_run": Run.objects.filter(brand=run.brand_id, arguments__dry_run_id=str(run.pk)).first(),
        }  # fmt: skip
        return TemplateResponse(request, "admin/run.html", context)

    def navigation_of(self, request, object_id) -> list[dict]:
        """The buttons with their addresses, as the header of a page shows them."""
        return self._get_actions_navigation(self.actions_detail, self.get_actions_detail(request, object_id), object_id)

    @allowed("runs.view")
    def progress_view(self, request, object_id):
        """How far it is, as JSON, for the page that asks."""
        return JsonResponse(progress_of(self.run_of(request, object_id)))

    @allowed("runs.view")
    def mistakes_view(self, request, object_id):
        """All that was refused, as CSV: where and why, never the values."""
        run, text = self.run_of(request, object_id), StringIO()
        writer = CsvWriter(text, ["row", "column", "code", "problem"])
        for mistake in mistakes_of(run):
            writer.row([mistake.get("row"), mistake["column"], mistake.get("code", ""), mistake.get("detail", "")])
        return _csv(text.getvalue(), "mistakes.csv")

    @allowed("runs.view")
    def file_view(self, request, object_id):
        """The file that the run made."""
        run = self.run_of(request, object_id)
        try:
            return _csv(operations.take_file(principal_of(request), run), run.file_name or "export.csv")
        except LoyaltyError as refusal:
            if refusal.status == 403:
                raise PermissionDenied from refusal
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(self.page_of(run))

    def run_of(self, request, object_id) -> Run:
        run = self.get_object(request, unquote(object_id))
        if run is None:
            raise Http404
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        return run

    @operation(
        _("Cancel"),
        text=_("It stops after the part at hand; what is done stays done."),
        form=OperationForm, icon="stop_circle", is_danger=True, is_there=_is_live,
    )  # fmt: skip
    def cancel(self, request, obj, data):
        operations.cancel(principal_of(request), obj)
        return _("It stops.")

    @operation(
        _("Go on"),
        text=_("It goes on where it stopped; nothing is done twice."),
        form=OperationForm, icon="play_arrow", is_there=lambda run: run.status == Run.Status.FAILED,
    )  # fmt: skip
    def resume(self, request, obj, data):
        operations.resume(principal_of(request), obj)
        return _("It goes on.")

    @operation(
        _("Do it for real"),
        text=_("What the dry run told is done now, in the background. What was refused is left out."),
        form=OperationForm, icon="play_circle", is_there=_can_be_done_for_real,
    )  # fmt: skip
    def run_for_real(self, request, obj, data):
        asked = principal_of(request)
        run = operations.run_for_real(asked, obj, is_held=True)
        request.next_object = run
        points, is_large = obj.summary.get("_points_asked", 0), bool(obj.summary.get("_large_gifts"))
        if begin_or_ask(asked, run, points=points, is_large=is_large):
            return _("So many points need a second person: it waits under Approvals.")
        return _("It has begun.")

    @operation(
        _("Undo"),
        text=_("What can be undone is undone, in the background; what cannot is told there."),
        form=ReasonForm, icon="undo", is_danger=True, is_there=operations.is_undoable,
    )  # fmt: skip
    def undo(self, request, obj, data):
        run = operations.undo(principal_of(request), obj, reason=data["reason"])
        request.next_object = run
        return _("It is being undone.")

    def may_press(self, request, button, obj):
        """What a kind of work needs to be started, it needs for going on and for being done for real too."""
        if not super().may_press(request, button, obj):
            return False
        kind = KINDS.get(obj.kind)
        if button.verb not in ("resume", "run_for_real"):
            return True
        return kind is not None and self.is_within(request, obj, kind.permission)


def _csv(text: str, name: str) -> HttpResponse:
    if name.endswith(".json"):
        return HttpResponse(text, "application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    answer = HttpResponse("\ufeff" + text.removeprefix("\ufeff"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
