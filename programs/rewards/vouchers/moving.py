"""A voucher that changes after it was issued: its program, and until when it can be used."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.events import log
from loyalty.identity.principals import Principal
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program
from programs.membership.selectors import find_program
from programs.rewards.models import Voucher
from programs.rewards.vouchers.errors import AlreadyGiven, VoucherDisabled, VoucherExpired, VoucherInUse, VoucherUsedUp
from programs.rewards.vouchers.finding import find_voucher
from programs.rewards.vouchers.terms import status_at

Status = Voucher.Status
KEEP = object()
"""Says that the end of a voucher stays as it is; None takes it away."""


def change_voucher(
    principal: Principal,
    voucher_ref: str | UUID,
    *,
    program_ref: str | UUID | None = None,
    expires_at: datetime | object | None = KEEP,
    address: str = "",
) -> Voucher:
    """Moves a voucher that has never been used to another program of its brand (event voucher.moved), and gives it
    another end (event voucher.changed; None: no end), which lies in the future. What it is worth stays as it was
    issued. Repeating it changes nothing and writes no event. Refusals, in order of precedence: TooMany, NotFound,
    AmbiguousVoucher, Forbidden, ScopeMissing, VoucherDisabled, VoucherUsedUp, VoucherExpired, Invalid (its end),
    NotFound (the program), ProgramArchived, VoucherInUse, AlreadyGiven (there is one for the same occasion)."""
    voucher = find_voucher(principal, voucher_ref, permission="vouchers.change", address=address)
    with transaction.atomic():
        now = clock.now()
        locked = Voucher.objects.select_for_update(of=("self",), no_key=True).get(pk=voucher.pk)
        _refuse_ended(locked, now)
        if expires_at is not KEEP:
            _put_end(locked, expires_at, now, actor=principal.actor)
        if program_ref is not None:
            _move(locked, _other_program(principal, locked, program_ref), now, actor=principal.actor)
        return locked


def move_voucher(principal: Principal, voucher_ref: str | UUID, *, program_ref: str | UUID) -> Voucher:
    """Moves it to another program of its brand, as `change_voucher` says."""
    return change_voucher(principal, voucher_ref, program_ref=program_ref)


def _refuse_ended(voucher: Voucher, now: datetime) -> None:
    status = status_at(voucher, now)
    if status == Status.DISABLED:
        raise VoucherDisabled(disabled_at=voucher.disabled_at)
    if status == Status.REDEEMED:
        raise VoucherUsedUp(redeemed_at=voucher.redeemed_at, uses=voucher.uses)
    if status == Status.EXPIRED:
        raise VoucherExpired(expires_at=voucher.expires_at)


def _put_end(voucher: Voucher, expires_at, now: datetime, *, actor: str) -> None:
    if expires_at == voucher.expires_at:
        return
    earliest = max(now, voucher.starts_at or now)
    if expires_at is not None and expires_at <= earliest:
        detail = "It ends in the future, and after it begins."
        raise Invalid([{"pointer": "/expires_at", "code": "out-of-range", "detail": detail}])
    before, voucher.expires_at = voucher.expires_at, expires_at
    voucher.save(update_fields=["expires_at"])
    _tell("voucher.changed", voucher, now, actor, {"expires_at": _said(expires_at), "before": _said(before)})


def _other_program(principal: Principal, voucher: Voucher, program_ref: str | UUID) -> Program:
    program = find_program(principal, program_ref)
    if program.brand_id != voucher.brand_id:
        raise NotFound("There is no such program, or it is not yours to see.", pointer="/program_id")
    if program.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    return program


def _move(voucher: Voucher, program: Program, now: datetime, *, actor: str) -> None:
    if program.pk == voucher.program_id:
        return
    if voucher.uses or voucher.redemptions.exists():
        raise VoucherInUse()
    before, voucher.program = voucher.program_id, program
    try:
        with transaction.atomic():
            voucher.save(update_fields=["program"])
    except IntegrityError:
        raise AlreadyGiven() from None
    about = {"from_program_id": str(before), "to_program_id": str(program.pk)}
    _tell("voucher.moved", voucher, now, actor, about)


def _said(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _tell(type: str, voucher: Voucher, at: datetime, actor: str, about: dict) -> None:
    log.record(
        type,
        brand_id=voucher.brand_id,
        aggregate_id=voucher.pk,
        member_id=voucher.member_id,
        program_id=voucher.program_id,
        data={"actor": actor, "kind": voucher.kind} | about,
        occurred_at=at,
    )
