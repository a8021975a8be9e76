"""Questions about batches of codes."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Count, QuerySet

from loyalty.errors import NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid
from loyalty.runs.models import Run
from programs.membership.selectors import find_program
from programs.rewards.models import Voucher, VoucherBatch

FULL, DISABLED, WAITING = "done", "disabled", "waiting"


def visible_batches(principal: Principal, program: str | None = None) -> QuerySet[VoucherBatch]:
    """The batches of the brands where the principal may see vouchers, or those of one program, each with its program.
    Refusals: NotFound (the program)."""
    found, brands = VoucherBatch.objects.select_related("program"), principal.brands_where("vouchers.view")
    if brands is not None:
        found = found.filter(program__brand__in=brands)
    return found.filter(program=find_program(principal, program)) if program else found


def find_batch(principal: Principal, ref: str, permission: str) -> VoucherBatch:
    """The batch of that id, with its program. Refusals, in order of precedence: NotFound, Forbidden, ScopeMissing."""
    found = VoucherBatch.objects.select_related("program__brand").filter(pk=as_uuid(ref)).first()
    if found is None or not (principal.is_operator or found.program.brand_id in principal.brands):
        raise NotFound("There is no such batch, or it is not yours to see.")
    principal.require(permission, found.program.brand_id)
    return found


def states_of(batches: Sequence[VoucherBatch]) -> dict[UUID, str]:
    """How it stands with each batch: disabled, done, or as the work that makes it. One query."""
    asked = [batch.run_id for batch in batches if batch.run_id]
    runs = dict(Run.objects.filter(pk__in=asked).values_list("pk", "status")) if asked else {}

    def state(batch: VoucherBatch) -> str:
        if batch.disabled_at:
            return DISABLED
        return FULL if batch.made == batch.count else runs.get(batch.run_id, WAITING)

    return {batch.pk: state(batch) for batch in batches}


def vouchers_of(batch: VoucherBatch) -> QuerySet[Voucher]:
    """Its vouchers, each with its program."""
    return Voucher.objects.filter(batch=batch).select_related("program").order_by("pk")


def counts_of(batch: VoucherBatch) -> dict[str, int]:
    """How many of its vouchers are in each status, as it is written down."""
    return dict(Voucher.objects.filter(batch=batch).values_list("status").annotate(count=Count("pk")).order_by())
