"""What can be done to the rewards of a program: entered in the catalogue, changed, archived. Claims are made in
`claiming`; pictures and pools of codes are in rooms of their own."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from loyalty import clock
from loyalty.errors import Invalid
from loyalty.events import log
from loyalty.identity.models import Location
from programs.earning.models import Segment
from programs.membership.errors import ProgramArchived
from programs.membership.models import Program
from programs.rewards.catalogue.errors import RewardArchived, RewardCodeTaken
from programs.rewards.catalogue.stock import tell_of_stock
from programs.rewards.catalogue.validity import FIELDS, mistakes_in, mistakes_in_code, told
from programs.rewards.models import Reward

Status = Reward.Status


@transaction.atomic
def create_reward(
    program: Program, *, code: str, name: str, kind: str, actor: str, mistakes: Sequence[dict] = (), **terms: Any
) -> Reward:
    """Enters a reward in the program's catalogue; `terms` are further fields (`validity.FIELDS`): points whole, amounts
    in the smallest unit of the program's currency, `percent` a Decimal. `mistakes` that the caller found while reading
    are told with the others. Repeating it is refused for its code.
    Refusals, in order of precedence: ProgramArchived, Invalid (every mistake at once), RewardCodeTaken."""
    _refuse_archived(program)
    reward = Reward(program=program, code=code, kind=kind)
    _set(reward, {"name": name, **terms}, [*mistakes, *mistakes_in_code(code)])
    try:
        with transaction.atomic():
            reward.save(force_insert=True)
    except IntegrityError as clash:
        if not Reward.objects.filter(program=program, code=code).exists():
            raise
        raise RewardCodeTaken(f"The program has a reward with the code {code!r}.", pointer="/code") from clash
    record("reward.created", reward, actor)
    return reward


@transaction.atomic
def change_reward(reward: Reward, changes: Mapping[str, Any], *, actor: str, mistakes: Sequence[dict] = ()) -> Reward:
    """Changes the fields named; vouchers that there are keep what they are worth. What differs raises the version;
    repeating it changes nothing. A stock that is set below what makes it low is told as one that fell.
    Refusals, in order of precedence: ProgramArchived, RewardArchived, Invalid (every mistake at once)."""
    locked = lock_reward(reward)
    before = {name: getattr(locked, name) for name in FIELDS}
    _set(locked, changes, mistakes)
    differing = sorted(name for name in FIELDS if getattr(locked, name) != before[name])
    if differing:
        save_next_version(locked)
        is_end = locked.status == Status.ARCHIVED
        record("reward.archived" if is_end else "reward.changed", locked, actor, fields=differing)
        _tell_if_few(locked, before, actor)
    return locked


@transaction.atomic
def archive_reward(reward: Reward, *, actor: str) -> Reward:
    """Takes a reward out of the catalogue for good; its vouchers stay usable, and what is set aside of it is claimed no
    more. Repeating it changes nothing."""
    locked = Reward.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=reward.pk)
    if locked.status != Status.ARCHIVED:
        locked.status = Status.ARCHIVED
        save_next_version(locked)
        record("reward.archived", locked, actor)
    return locked


def lock_reward(reward: Reward) -> Reward:
    """The reward as it is now, which nobody else changes meanwhile. Refusals: ProgramArchived, RewardArchived."""
    locked = Reward.objects.select_for_update(no_key=True, of=("self",)).select_related("program").get(pk=reward.pk)
    _refuse_archived(locked.program)
    if locked.status == Status.ARCHIVED:
        raise RewardArchived()
    return locked


def save_next_version(reward: Reward) -> None:
    """Saves a locked reward as its next version."""
    reward.version += 1
    reward.save()


def record(type_: str, reward: Reward, actor: str, **facts: Any) -> None:
    """An event about the reward, in the transaction of its change."""
    data = {"actor": actor, "code": reward.code, "version": reward.version, **facts}
    log.record(type_, brand_id=reward.program.brand_id, aggregate_id=reward.pk, program_id=reward.program_id, data=data)


def _set(reward: Reward, changes: Mapping[str, Any], errors: Sequence[dict]) -> None:
    """Puts the changes in the reward's fields, or raises Invalid with all that is wrong."""
    unknown = changes.keys() - set(FIELDS)
    assert not unknown, f"a reward has no {unknown}"
    for name, value in changes.items():
        setattr(reward, name, value)
    found = mistakes_in(reward.kind, {name: getattr(reward, name) for name in FIELDS})
    wrong = {error["pointer"] for error in errors}
    errors = [*errors, *(one for one in found + _unknown(reward) if one["pointer"] not in wrong)]
    if errors:
        raise Invalid(errors)


def _unknown(reward: Reward) -> list[dict]:
    """Tiers, segments and locations that the program and its brand do not have; a question for each kind that is
    named."""
    brand, found = reward.program.brand_id, []
    known = {
        "tiers": reward.program.tiers.values_list("code", flat=True),
        "segments": Segment.objects.filter(brand=brand).values_list("key", flat=True),
        "locations": Location.objects.filter(brand=brand).values_list("code", flat=True),
    }
    for field, codes in known.items():
        named = getattr(reward, field)
        if not named or not isinstance(named, list):
            continue
        there = set(codes)
        for index, one in enumerate(named):
            if one not in there:
                found.append(told((f"{field}/{index}", f"unknown-{field[:-1]}", f"There is no {field[:-1]} {one!r}.")))
    return found


def _tell_if_few(reward: Reward, before: Mapping[str, Any], actor: str) -> None:
    """A stock that somebody sets can fall too."""
    was, left, low = before["stock_left"], reward.stock_left, reward.stock_low_at
    if left is None or (was is not None and left >= was):
        return
    is_low = low is not None and left <= low and (was is None or was > low)
    tell_of_stock(reward, left, is_low=is_low, actor=actor, at=clock.now())


def _refuse_archived(program: Program) -> None:
    if program.status == Program.Status.ARCHIVED:
        raise ProgramArchived()
