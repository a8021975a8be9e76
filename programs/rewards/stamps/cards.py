"""What can be done to stamp cards themselves: made and changed."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.http.parsers import is_keepable
from loyalty.identity.selectors import as_uuid
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program
from programs.rewards.models import Reward
from programs.rewards.stamps.errors import StampCardArchived, StampCardCodeTaken
from programs.rewards.stamps.models import StampCard

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")
NAME_MAX, DESCRIPTION_MAX = 120, 5_000
NEEDED_MAX, DAYS_MAX, DAY_STAMPS_MAX, HOURS_MAX = 1_000, 3_650, 10_000, 8_760
FIELDS = ("name", "description", "status", "stamps_needed", "expires_after_days", "day_max", "scan_hours", "reward")
Status = StampCard.Status


@transaction.atomic
def create_card(program: Program, *, code: str, name: str, reward: Reward | str, actor: str, **terms: Any) -> StampCard:
    """Makes a stamp card of the program, worth one of its rewards (itself, or its id or code); `terms` are further
    fields (FIELDS). Repeating it is refused for its code. Refusals, in order of precedence: ProgramArchived, Invalid
    (every mistake at once), StampCardCodeTaken."""
    program = _unarchived(program)
    card, errors = StampCard(program=program, code=code), []
    if not CODE.match(code):
        errors.append(_wrong("/code", "invalid-format", "1 to 60 small letters, digits, - or _."))
    _set(card, {"name": name, "reward": reward, **terms}, errors)
    try:
        with transaction.atomic():
            card.save(force_insert=True)
    except IntegrityError as clash:
        if not StampCard.objects.filter(program=program, code=code).exists():
            raise
        raise StampCardCodeTaken(f"There is a stamp card with the code {code!r}.", pointer="/code") from clash
    _record("stamp_card.created", card, actor)
    return card


@transaction.atomic
def change_card(card: StampCard, changes: Mapping[str, Any], *, actor: str) -> StampCard:
    """Changes the fields named. How many stamps are needed holds for sheets begun after it, and how long they can be
    filled too; the other limits hold at once. Archiving is for good; full sheets can be turned in all the same.
    Repeating it changes nothing. Refusals, in order of precedence: ProgramArchived, StampCardArchived, Invalid (every
    mistake at once)."""
    program = _unarchived(card.program)
    locked = StampCard.objects.select_for_update(of=("self",)).select_related("reward__program").get(pk=card.pk)
    locked.program = program
    before = {name: getattr(locked, name) for name in FIELDS}
    if locked.status == Status.ARCHIVED and changes.get("status", Status.ARCHIVED) != Status.ARCHIVED:
        raise StampCardArchived()
    errors = []
    if changes.get("status") == Status.DRAFT != locked.status and locked.sheets.exists():
        errors.append(_wrong("/status", "out-of-range", "Members collect on it already; pause it instead."))
    _set(locked, changes, errors)
    differing = sorted(name for name in FIELDS if getattr(locked, name) != before[name])
    if not differing:
        return locked
    if before["status"] == Status.ARCHIVED:
        raise StampCardArchived()
    locked.save()
    _record("stamp_card.changed", locked, actor, fields=differing)
    return locked


def _set(card: StampCard, changes: Mapping[str, Any], errors: list[dict]) -> None:
    unknown = changes.keys() - set(FIELDS)
    assert not unknown, f"a stamp card has no {unknown}"
    for name, value in changes.items():
        if name != "reward":
            setattr(card, name, value)
    errors += [_wrong(f"/{field}", code, detail) for field, code, detail in _mistakes_in(card)]
    if "reward" in changes:
        reward = _reward(card.program, changes["reward"])
        if reward is None:
            errors.append(_wrong("/reward_id", "not-found", "The program has no such reward that could be given."))
        else:
            card.reward = reward
    if errors:
        raise Invalid(errors)


def _mistakes_in(card: StampCard) -> Iterator[tuple[str, str, str]]:
    if not (0 < len(card.name) <= NAME_MAX and card.name.isprintable() and card.name.strip()):
        yield "name", "invalid-length", f"1 to {NAME_MAX} characters that can be seen."
    if len(card.description) > DESCRIPTION_MAX or not is_keepable(card.description):
        yield "description", "invalid-length", f"At most {DESCRIPTION_MAX} characters."
    if card.status not in Status.values:
        yield "status", "invalid-choice", f"One of {', '.join(Status.values)}."
    bounds = (("stamps_needed", 1, NEEDED_MAX), ("scan_hours", 0, HOURS_MAX))
    may_be_none = (("expires_after_days", 1, DAYS_MAX), ("day_max", 1, DAY_STAMPS_MAX))
    for name, least, most in (*bounds, *may_be_none):
        value = getattr(card, name)
        if value is None and (name, least, most) in may_be_none:
            continue
        if value is None or not least <= value <= most:
            yield name, "out-of-range", f"From {least} to {most}."


def _reward(program: Program, named: Reward | str) -> Reward | None:
    """One of the program's rewards that is not archived."""
    ref = named.pk if isinstance(named, Reward) else named
    uuid = as_uuid(ref)
    rewards = Reward.objects.filter(program=program).exclude(status=Reward.Status.ARCHIVED)
    return rewards.filter(pk=uuid).first() if uuid else rewards.filter(code=str(ref).replace("\0", "")).first()


def _unarchived(program: Program) -> Program:
    """The program, locked against being archived meanwhile."""
    locked = Program.objects.select_for_update(of=("self",), no_key=True).select_related("brand").get(pk=program.pk)
    if locked.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
    return locked


def _wrong(pointer: str, code: str, detail: str) -> dict:
    return {"pointer": pointer, "code": code, "detail": detail}


def _record(type: str, card: StampCard, actor: str, **facts: Any) -> None:
    data = {"actor": actor, "code": card.code, **facts}
    brand_id = card.program.brand_id
    log.record(type, brand_id=brand_id, aggregate_id=card.pk, program_id=card.program_id, data=data)
