"""What waits for a person, as the portal's menu and first page tell it."""

from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest

from loyalty import clock
from loyalty.backoffice import chosen_brand
from loyalty.backoffice_menu import waits
from loyalty.identity.approvals.selectors import waiting_for
from loyalty.identity.backoffice import principal_of
from loyalty.runs.models import Run
from programs.reports import health

RUNS_DAYS = 7


@waits(
    "loyalty.ApprovalRequest", query="?status__exact=waiting",
    one="%(n)s request waits for your decision", many="%(n)s requests wait for your decision",
)  # fmt: skip
def approvals(request: HttpRequest) -> int:
    brand = chosen_brand(request)
    waiting = waiting_for(principal_of(request))
    return (waiting.filter(brand_id=brand) if brand else waiting).count()


@waits(
    "loyalty.Run", query="?status__exact=failed", is_alarm=True,
    one="%(n)s import or change of the last week failed", many="%(n)s imports or changes of the last week failed",
)  # fmt: skip
def failed_runs(request: HttpRequest) -> int:
    screen = admin.site._registry[Run]
    lately = Run.objects.filter(status=Run.Status.FAILED, created_at__gte=clock.now() - timedelta(days=RUNS_DAYS))
    return screen.narrowed(request, screen.scope(request, lately)).count()


@waits(
    "procrastinate.ProcrastinateJob", query="?status__exact=failed", is_alarm=True,
    one="%(n)s job has failed", many="%(n)s jobs have failed",
)  # fmt: skip
def failed_jobs(request: HttpRequest) -> int:
    return health.failed_jobs()
