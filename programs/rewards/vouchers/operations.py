"""Single vouchers made by hand: a code for all, one for somebody, a gift card. Many at once are the issuing room's."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty import clock
from loyalty.errors import Invalid, NotFound
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import as_uuid, find_member
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program
from programs.membership.selectors import find_program
from programs.rewards.models import Reward, Voucher
from programs.rewards.vouchers.issue import issue_voucher
from programs.rewards.vouchers.terms import expiry_of, terms_of

KINDS = frozenset({"generic", "unique", "birthday", "gift", "personal"})
OF_A_MEMBER = frozenset({"birthday", "personal"})
OWN_CODE = re.compile(r"[A-Z0-9_-]{4,40}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVoucher:
    """A voucher to issue. What it is worth says the `reward` (id or code, of the program) or the `terms` (as `terms_of`
    gives them); a gift card without either holds `value_minor`. `expires_at` left out is as the reward says.
    `uses_max` None: as the reward says, without one once; a generic code without end with `is_endless`."""

    program: str
    kind: str = "unique"
    code: str = ""
    reward: str = ""
    terms: dict | None = None
    member: str = ""
    value_minor: int | None = None
    uses_max: int | None = None
    is_endless: bool = False
    member_uses_max: int | None = None
    starts_at: datetime | None = None
    expires_at: datetime | None = None


def create_voucher(principal: Principal, new: NewVoucher) -> Voucher:
    """Issues one voucher (event voucher.issued); a reward's stock is not touched. A birthday voucher is given once in a
    year of the program's time. Amounts are in the currency's smallest unit. Repeating it issues another one.
    Refusals, in order of precedence: NotFound (program), Forbidden, ScopeMissing, ProgramArchived, NotFound (reward,
    member), Invalid, CodeTaken, AlreadyGiven."""
    program = find_program(principal, new.program)
    principal.require("vouchers.issue", program.brand_id)
    if program.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    reward = _reward(program, new.reward) if new.reward else None
    member = find_member(principal, new.member, brand_id=program.brand_id) if new.member else None
    now = clock.now()
    terms = new.terms or (terms_of(reward) if reward else _plain_terms(new, program))
    _check(new, terms, now)
    uses_max = None if new.is_endless else new.uses_max or (reward.uses_max if reward else 1)
    with transaction.atomic():
        return issue_voucher(
            program=program,
            actor=principal.actor,
            kind=new.kind,
            reward=reward,
            member=member,
            terms=terms,
            code=new.code.strip().upper(),
            uses_max=uses_max,
            member_uses_max=new.member_uses_max,
            value_minor=new.value_minor,
            occasion=_occasion(new, reward, program, now),
            starts_at=new.starts_at,
            expires_at=new.expires_at or (expiry_of(reward, max(now, new.starts_at or now)) if reward else None),
            at=now,
        )


def _reward(program: Program, ref: str | UUID) -> Reward:
    uuid = as_uuid(ref)
    named = {"id": uuid} if uuid else {"code": str(ref).replace("\0", "")}
    reward = Reward.objects.filter(program=program, **named).first()
    if reward is None:
        raise NotFound("There is no such reward in this program.", pointer="/reward_id")
    reward.program = program
    return reward


def _plain_terms(new: NewVoucher, program: Program) -> dict:
    """The terms of a voucher without a reward: a gift card, or a product that the cashier hands out."""
    kind = "gift_card" if new.kind == "gift" else "product"
    return {"kind": kind, "name": "", "currency": program.money_currency, "value_minor": new.value_minor}


def _occasion(new: NewVoucher, reward: Reward | None, program: Program, now: datetime) -> str:
    """The same words as of those who are given it on the day itself: there is one in a year."""
    if new.kind != "birthday":
        return ""
    year = now.astimezone(ZoneInfo(program.timezone)).year
    return f"birthday:{year}:{reward.code if reward else ''}"


def _check(new: NewVoucher, terms: dict, now: datetime) -> None:
    """Refuses with every mistake."""
    errors = []

    def wrong(pointer: str, code: str, detail: str) -> None:
        errors.append({"pointer": pointer, "code": code, "detail": detail})

    if new.kind not in KINDS:
        wrong("/kind", "invalid-choice", "Vouchers of this kind are not made by hand.")
    if new.code and not OWN_CODE.match(new.code.strip().upper()):
        wrong("/code", "invalid-format", "A code of your own has 4 to 40 of A-Z, 0-9, - and _.")
    elif new.code and len(new.code.replace("-", "").strip()) < 4:
        wrong("/code", "invalid-length", "A code of your own has at least four letters or digits.")
    if new.code and new.kind != "generic":
        wrong("/code", "not-generic", "Only a generic voucher has a code of your own.")
    if new.kind in OF_A_MEMBER and not new.member:
        wrong("/member_id", "required", "Say whose it is.")
    if new.kind == "gift" and not (new.value_minor or terms.get("value_minor")):
        wrong("/value", "required", "Say what the gift card holds.")
    if new.kind == "gift" and terms.get("kind") not in ("gift_card", None):
        wrong("/kind", "not-a-gift-card", "A gift is of a reward that is a gift card.")
    if new.expires_at and new.expires_at <= max(now, new.starts_at or now):
        wrong("/expires_at", "out-of-range", "It ends in the future, and after it begins.")
    if errors:
        raise Invalid(errors)
