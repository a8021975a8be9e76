"""Codes in bulk as people and servers ask for them: a few at once, many by long work; and a batch taken out of use."""

from django.db import connection, transaction

from loyalty import clock
from loyalty.events import log
from loyalty.identity.principals import Principal
from loyalty.runs import operations as runs
from loyalty.runs.models import Run
from programs.membership.models import Program
from programs.rewards.issuing.batches import BatchRequest, fill_chunk, make_batch
from programs.rewards.issuing.work import KIND
from programs.rewards.models import VoucherBatch

AT_ONCE_MAX = 100

# What was used, in part too, stays as it is, and so does what has ended.
DISABLE = """
update programs_voucher set status = 'disabled', disabled_at = %(at)s, disabled_reason = %(reason)s
where batch_id = %(batch)s and status in ('issued', 'claimed') and uses = 0
  and (expires_at is null or expires_at > %(at)s)
"""


@transaction.atomic
def ask_for_codes(principal: Principal, program: Program, request: BatchRequest) -> VoucherBatch:
    """Makes a batch and its codes: as many as 100 in the same transaction, more by long work that has begun. Repeating
    it with the same key answers the first batch. Refusals, in order of precedence: Forbidden, ScopeMissing, KeyReused,
    ProgramArchived, RewardNotIssuable, Invalid."""
    principal.require("vouchers.issue_many", program.brand_id)
    batch = make_batch(program, request, actor=principal.actor)
    if request.count <= AT_ONCE_MAX:
        return fill_chunk(batch.pk)
    if batch.run_id is None:
        run = runs.start(KIND, program.brand, principal, {"batch_id": str(batch.pk)}, title=request.name)
        batch.run_id = run.pk
        batch.save(update_fields=["run_id"])
    return batch


@transaction.atomic
def disable_batch(principal: Principal, batch: VoucherBatch, *, reason: str) -> int:
    """Disables all vouchers of a batch that nobody has used, and lets no more be made of it; answers how many there
    were. Repeating it changes nothing. Refusals: Forbidden, ScopeMissing."""
    principal.require("vouchers.disable", batch.program.brand_id)
    # Whoever fills the batch holds the run first and then the batch, so here they are locked in this order too.
    run = Run.objects.defer("file").filter(pk=batch.run_id).first() if batch.run_id else None
    run = run and runs.lock(run)
    batch = VoucherBatch.objects.select_for_update(of=("self",)).select_related("program").get(pk=batch.pk)
    if batch.disabled_at:
        return 0
    now = clock.now()
    if run and run.status in runs.LIVE:
        run.status, run.finished_at = Run.Status.CANCELLED, now
        run.save(update_fields=["status", "finished_at"])
    batch.disabled_at, batch.disabled_reason = now, reason
    batch.save(update_fields=["disabled_at", "disabled_reason"])
    with connection.cursor() as cursor:
        cursor.execute(DISABLE, {"batch": batch.pk, "at": now, "reason": reason})
        disabled = cursor.rowcount
    data = {"actor": principal.actor, "reason": reason, "disabled": disabled, "made": batch.made, "count": batch.count}
    log.record(
        "vouchers.disabled",
        brand_id=batch.program.brand_id,
        aggregate_id=batch.pk,
        program_id=batch.program_id,
        data=data,
    )
    return disabled
