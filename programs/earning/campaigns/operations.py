"""What can be done to campaigns: drafted, changed, activated, paused, ended. Each that changes what is given makes the
program's next edition in the same transaction."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from loyalty import clock
from loyalty.errors import Conflict, Invalid
from loyalty.events import log
from programs.earning import editions
from programs.earning.campaigns.validity import BOUNDS, FIELDS, mistakes_in_fields
from programs.earning.errors import CampaignEnded, CampaignKeyTaken, CampaignNotActive, CampaignRunning, RulesNotValid
from programs.earning.keeping import refuse_unkeepable
from programs.earning.merging import CAMPAIGNS
from programs.earning.models import Campaign, RuleSet
from programs.earning.rulesets.operations import lock_program, renewed, without
from programs.membership.models import Program

Status = Campaign.Status
WORDS = ("name", "description")
DOCUMENTS = ("rules", "audience")
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")


def mistakes_in(campaign: Campaign) -> list[dict]:
    """What is wrong with the campaign's rules and audience, beside the rules that are published now: {pointer, code,
    detail, hint}; and that it has no rules."""
    ruleset = RuleSet.objects.filter(program=campaign.program_id, status=RuleSet.Status.PUBLISHED).first()
    own, errors = f"{CAMPAIGNS}/{campaign.key}", []
    if not campaign.rules and not campaign.goal_metric:
        errors.append({"pointer": "/rules", "code": "missing", "detail": "It gives nothing: it has no rules."})
    try:
        editions.read_merge(campaign.program, ruleset.document if ruleset else None, [campaign])
    except Invalid as refusal:
        errors += without([one for one in refusal.errors if f"{one['pointer']}/".startswith(f"{own}/")], own)
    return errors


@transaction.atomic
def create_campaign(program: Program, *, key: str, name: str, actor: str, **terms: Any) -> Campaign:
    """Drafts a campaign of the program; `terms` are further fields (`validity.FIELDS`): points and times whole numbers,
    money in rules as decimal strings. Its rules may have mistakes until it is activated. Repeating it is refused for
    its key. Refusals, in order of precedence: ProgramArchived, Invalid (every mistake at once), RulesTooLarge,
    CampaignKeyTaken."""
    program = lock_program(program)
    campaign = Campaign(program=program, key=key, name=name, created_by=actor)
    errors = [] if KEY.match(key) else [_format("/key", "1 to 60 small letters, digits, - or _.")]
    _set(campaign, {"name": name, **terms}, errors)
    try:
        with transaction.atomic():
            campaign.save(force_insert=True)
    except IntegrityError as clash:
        if not Campaign.objects.filter(program=program, key=key).exists():
            raise
        raise CampaignKeyTaken(f"There is a campaign with the key {key!r}.", pointer="/key") from clash
    _record("campaign.created", campaign, actor)
    return campaign


@transaction.atomic
def change_campaign(campaign: Campaign, changes: Mapping[str, Any], *, actor: str) -> Campaign:
    """Changes the fields named. A draft and a paused campaign can be changed freely; of an active one the words, a
    larger bound and a later end, which hold at once. Repeating it changes nothing.
    Refusals, in order of precedence: ProgramArchived, CampaignEnded, Invalid, RulesTooLarge, CampaignRunning,
    RulesNotValid."""
    locked = _lock(campaign)
    if locked.status == Status.ENDED:
        raise CampaignEnded()
    before = {name: getattr(locked, name) for name in FIELDS}
    _set(locked, changes, [])
    differing = {name for name in FIELDS if getattr(locked, name) != before[name]}
    if not differing:
        return locked
    if locked.status == Status.ACTIVE:
        _refuse_while_running(locked, before, differing)
    locked.revision += 1
    locked.save()
    if locked.status == Status.ACTIVE:
        _renew(locked, "changed", actor)
    _record("campaign.changed", locked, actor, fields=sorted(differing))
    return locked


@transaction.atomic
def activate(campaign: Campaign, *, actor: str) -> Campaign:
    """Puts the campaign in force beside the program's rules, within its times. Repeating it changes nothing.
    Refusals, in order of precedence: ProgramArchived, CampaignEnded, RulesNotValid (every mistake)."""
    locked = _lock(campaign)
    if locked.status == Status.ACTIVE:
        return locked
    refuse_inactivable(locked)
    locked.status, locked.activated_at = Status.ACTIVE, locked.activated_at or clock.now()
    locked.save()
    edition = _renew(locked, "activated", actor)
    _record("campaign.activated", locked, actor, edition=edition.number)
    return locked


@transaction.atomic
def pause(campaign: Campaign, *, actor: str) -> Campaign:
    """Stops the campaign from giving until it is activated again. Repeating it changes nothing.
    Refusals, in order of precedence: ProgramArchived, CampaignEnded, CampaignNotActive (a draft)."""
    locked = _lock(campaign)
    if locked.status == Status.PAUSED:
        return locked
    if locked.status != Status.ACTIVE:
        raise CampaignEnded() if locked.status == Status.ENDED else CampaignNotActive()
    locked.status = Status.PAUSED
    locked.save()
    edition = _renew(locked, "paused", actor)
    _record("campaign.paused", locked, actor, edition=edition.number)
    return locked


@transaction.atomic
def end(campaign: Campaign, *, actor: str) -> Campaign:
    """Ends the campaign for good, a draft too. Repeating it changes nothing. Refusals: ProgramArchived."""
    locked = _lock(campaign)
    if locked.status == Status.ENDED:
        return locked
    was_active = locked.status == Status.ACTIVE
    locked.status, locked.ended_at = Status.ENDED, _ended_at(locked, clock.now())
    locked.save()
    number = _renew(locked, "ended", actor).number if was_active else locked.program.edition
    _record("campaign.ended", locked, actor, edition=number)
    return locked


def end_what_is_over(*, at: datetime, actor: str, limit: int = 1000) -> int:
    """Ends the active campaigns whose time is over by then, at most `limit`; says how many. What they give is right
    without it: rules look at their times, also for what is told late. Repeating it changes nothing."""
    over = Campaign.objects.filter(status=Status.ACTIVE, ends_at__lte=at).order_by("ends_at")
    ended = 0
    for found in over.select_related("program")[:limit]:
        with transaction.atomic():
            locked = Campaign.objects.select_for_update(of=("self",)).select_related("program").get(pk=found.pk)
            if locked.status == Status.ACTIVE and locked.ends_at and locked.ends_at <= at:
                locked.status, locked.ended_at = Status.ENDED, locked.ends_at
                locked.save()
                _record("campaign.ended", locked, actor, edition=locked.program.edition)
                ended += 1
    return ended


def refuse_inactivable(campaign: Campaign) -> None:
    """Raises what `activate` would refuse, but for an archived program, and changes nothing."""
    if campaign.status == Status.ENDED:
        raise CampaignEnded()
    errors = mistakes_in(campaign)
    if campaign.ends_at and campaign.ends_at <= clock.now():
        errors.append({"pointer": "/ends_at", "code": "out-of-range", "detail": "Its time is over."})
    if errors:
        raise RulesNotValid(errors)


def _set(campaign: Campaign, changes: Mapping[str, Any], errors: list[dict]) -> None:
    """Puts the changes in the campaign's fields, or raises Invalid with all that is wrong, or RulesTooLarge."""
    unknown = changes.keys() - set(FIELDS)
    assert not unknown, f"a campaign has no {unknown}"
    for name, value in changes.items():
        setattr(campaign, name, value)
    for name in ("starts_at", "ends_at"):
        if moment := getattr(campaign, name):
            setattr(campaign, name, moment.replace(microsecond=0))
    errors += mistakes_in_fields({name: getattr(campaign, name) for name in FIELDS})
    if errors:
        raise Invalid(errors)
    for name in DOCUMENTS:
        refuse_unkeepable(getattr(campaign, name), f"/{name}")


def _refuse_while_running(campaign: Campaign, before: Mapping, differing: set[str]) -> None:
    """An active campaign keeps to what was agreed on, but may become larger and longer."""
    for name in sorted(differing - set(WORDS)):
        old, new = before[name], getattr(campaign, name)
        can_grow = name in BOUNDS or name == "ends_at"
        if not can_grow or old is None or (new is not None and new < old):
            raise CampaignRunning(f"Pause it to change {name}.", pointer=f"/{name}")
    if campaign.ends_at and campaign.ends_at <= clock.now():
        raise CampaignRunning("Its time would be over at once; end it.", pointer="/ends_at")
    if "budget_points" in differing and needs_second_person(campaign):
        detail = "So large a budget waits for a second person: pause it, change it and activate it again."
        raise CampaignRunning(detail, pointer="/budget_points")


def needs_second_person(campaign: Campaign) -> bool:
    """Whether the brand wants a second person for so large a campaign, or for one without a bound in points; what is
    given for a goal of all has none."""
    least = campaign.program.brand.approval_campaign_points
    bound = None if campaign.goal_metric else campaign.budget_points
    return least is not None and (bound is None or bound >= least)


def _ended_at(campaign: Campaign, now: datetime) -> datetime:
    """When it ended. One that was paused had ended before its time was over, so that nothing told late counts."""
    if campaign.status != Status.ACTIVE and campaign.ends_at:
        return min(now, campaign.ends_at - timedelta(seconds=1))
    return now


def _renew(campaign: Campaign, what: str, actor: str):
    own = f"{CAMPAIGNS}/{campaign.key}"
    return renewed(campaign.program, f"Campaign {campaign.key} {what}", actor, own=own)


def _lock(campaign: Campaign) -> Campaign:
    program = lock_program(campaign.program)
    locked = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign.pk).first()
    if locked is None:
        raise Conflict("The campaign is not there any more.")
    locked.program = program
    return locked


def _format(pointer: str, detail: str) -> dict:
    return {"pointer": pointer, "code": "invalid-format", "detail": detail}


def _record(type_: str, campaign: Campaign, actor: str, **facts: Any) -> None:
    data = {"actor": actor, "key": campaign.key, "revision": campaign.revision, **facts}
    log.record(
        type_, brand_id=campaign.program.brand_id, aggregate_id=campaign.id, program_id=campaign.program_id, data=data
    )
