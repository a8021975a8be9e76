"""The pages of an import: the file, what its columns mean, and the template to begin with. What came of it stands on
the page of the run."""

from io import BytesIO, StringIO
from itertools import islice

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from loyalty.backoffice import allowed
from loyalty.csv_files import CsvWriter, Row, header_of, read_csv
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand
from loyalty.identity.selectors import as_uuid
from loyalty.runs import operations
from loyalty.runs.carrying import carry_on
from loyalty.runs.models import Run
from programs.activity.member_import.columns import TEMPLATE
from programs.activity.member_import.forms import SAMPLES, ColumnsForm, FileForm
from programs.activity.member_import.work import KIND

AT_ONCE_ROWS_MAX = 500


class ImportPages:
    """What the members' screen has for imports."""

    def get_urls(self):
        more = [
            path("import/template/", self.admin_site.admin_view(self.import_template), name="loyalty_member_template"),
            path(
                "import/<str:run_id>/", self.admin_site.admin_view(self.import_columns), name="loyalty_member_columns"
            ),
        ]
        return more + super().get_urls()

    @action(description=_("Import"), url_path="import", icon="upload")
    @allowed("members.import")
    def import_members(self, request):
        """Takes the file; what its columns mean is asked on the next page."""
        theirs = self.brands_where(request, "members.import")
        brands = Brand.objects.all() if theirs is None else Brand.objects.filter(id__in=theirs)
        form = FileForm(request.POST or None, request.FILES or None, brands=brands)
        if request.method == "POST" and form.is_valid():
            run = operations.start(
                KIND, form.cleaned_data["brand"], principal_of(request), {"rows": form.rows},
                title=_("Import of %s") % form.cleaned_data["file"].name[:120], file=form.text,
                file_name=form.cleaned_data["file"].name[:200], is_dry_run=True, is_held=True,
            )  # fmt: skip
            return HttpResponseRedirect(reverse("admin:loyalty_member_columns", args=[run.pk]))
        return self._page(request, "admin/member_import.html", _("Import members"), form=form)

    @allowed("members.import")
    def import_columns(self, request, run_id):
        """Asks what stands in each column, and begins the dry run: at once where the file is small."""
        run = self._run_of(request, run_id)
        if not is_held(run):
            return HttpResponseRedirect(page_of_run(run))
        file = BytesIO(run.file.encode())
        form = ColumnsForm(request.POST or None, brand=run.brand, names=header_of(file))
        if request.method == "POST" and form.is_valid():
            rows = run.arguments["rows"]
            if not _is_written_down(run, form.arguments() | {"rows": rows}, form.cleaned_data["reason"]):
                return HttpResponseRedirect(page_of_run(run))
            if rows <= AT_ONCE_ROWS_MAX:
                carry_on(run, seconds=None)
            else:
                operations.begin(run)
            return HttpResponseRedirect(page_of_run(run))
        file.seek(0)
        rows = [row.cells for row in islice(read_csv(file, columns=form.names), SAMPLES) if isinstance(row, Row)]
        columns = [(field, [cells.get(field.label, "")[:40] for cells in rows]) for field in form.columns()]
        return self._page(request, "admin/member_columns.html", _("Columns"), form=form, columns=columns, run=run)

    @allowed("members.import")
    def import_template(self, request):
        """An empty file with the columns that are understood without a word."""
        text = StringIO()
        CsvWriter(text, TEMPLATE)
        answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="members.csv"'
        return answer

    def _run_of(self, request, run_id: str) -> Run:
        theirs = self.brands_where(request, "members.import")
        runs = Run.objects.defer("file").filter(pk=as_uuid(run_id)).select_related("brand")
        run = (runs if theirs is None else runs.filter(brand__in=theirs)).first()
        if run is None:
            raise Http404
        return run

    def _page(self, request, template: str, title, **context) -> TemplateResponse:
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, "title": title, **context}
        )


@transaction.atomic
def _is_written_down(run: Run, arguments: dict, reason: str) -> bool:
    """Keeps what the columns mean, once: what the dry run told must be what is done for real."""
    if not is_held(operations.lock(run)):
        return False
    run.arguments, run.reason = arguments, reason
    run.save(update_fields=["arguments", "reason"])
    return True


def is_held(run: Run) -> bool:
    """Whether the run was written down with its file and waits for what its columns mean."""
    is_waiting = run.kind == KIND and run.is_dry_run and run.status == Run.Status.WAITING
    return bool(is_waiting and "columns" not in run.arguments and run.file)


def page_of_run(run: Run) -> str:
    return reverse("admin:loyalty_run_change", args=[run.pk])
