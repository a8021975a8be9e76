"""What a program gives from some moment on: its published rules and its campaigns, put together, checked and kept under
the next number; and the way from such a number to rules that decide."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.fields.json import KT

from loyalty import clock
from loyalty.errors import Invalid
from programs.earning.facts import Terms
from programs.earning.merging import CAMPAIGNS, Merge, merge, merged
from programs.earning.models import Campaign, Edition, EventType, RuleSet, Segment
from programs.earning.program_links import extra_needs
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.conditions import Context
from programs.earning.rules.document import read_rules
from programs.earning.rules.model import RuleSet as Rules
from programs.earning.rules.terms import with_terms
from programs.earning.snapshots import Snapshots
from programs.membership.models import Program

__all__ = ["context_of", "draft_snapshot", "live_campaigns", "merged", "read_merge", "renew", "snapshot_of"]

LATE_DAYS = 92
"""So long after its time a campaign still gives for what happened within it and is told late."""
_SNAPSHOTS = Snapshots(size_max=16_000_000, count_max=1024)
logger = logging.getLogger(__name__)


def context_of(program: Program) -> Context:
    """What rules of the program are read for: its currency, zone and tiers, its brand's segments and kinds of event."""
    segments = Segment.objects.filter(brand=program.brand_id).values_list("key", flat=True)
    return Context(
        currency=program.money_currency,
        timezone=program.timezone,
        events=dict(EventType.objects.filter(brand=program.brand_id).values_list("name", "fields")),
        choices={
            "tiers": frozenset(program.tiers.values_list("code", flat=True)),
            "segments": frozenset(segments),
        },
    )


def live_campaigns(program: Program) -> list[Campaign]:
    """The campaigns that an edition of now holds: the active ones, and for some time those whose time is over, for what
    is told late."""
    is_told_late = Q(
        status=Campaign.Status.ENDED, ended_at__gte=F("ends_at"), ends_at__gt=clock.now() - timedelta(days=LATE_DAYS)
    )
    found = Campaign.objects.filter(Q(status=Campaign.Status.ACTIVE) | is_told_late, program=program)
    return list(found.filter(activated_at__isnull=False).order_by("priority", "key"))


def read_merge(
    program: Program, document: Any, campaigns: Iterable[Campaign] = (), *, version: str = ""
) -> tuple[Merge, Rules, Context]:
    """The rule set's document (None: none) and the campaigns as one, read. Invalid with every mistake, its pointer
    below "/ruleset" or "/campaigns/<key>"."""
    segments = list(Segment.objects.filter(brand=program.brand_id, kind=Segment.Kind.DYNAMIC))
    made = merge(document, campaigns, segments, version=version, timezone=program.timezone)
    context = context_of(program)
    try:
        return made, read_rules(made.document, context), context
    except Invalid as refusal:
        raise Invalid(made.told(refusal.errors), refusal.detail) from None


def read_live(
    program: Program, document: Any, campaigns: Iterable[Campaign], *, version: str = ""
) -> tuple[Merge, Rules, Context]:
    """The same for what is live: a campaign that is over and cannot go on with these rules is left out, for nobody can
    change it any more. Invalid, as `read_merge`."""
    campaigns = list(campaigns)
    try:
        return read_merge(program, document, campaigns, version=version)
    except Invalid as refusal:
        over = {f"{CAMPAIGNS}/{one.key}/" for one in campaigns if one.status == Campaign.Status.ENDED}
        wrong = {at for at in over if any(f"{error['pointer']}/".startswith(at) for error in refusal.errors)}
        if not wrong:
            raise
    left = [one for one in campaigns if f"{CAMPAIGNS}/{one.key}/" not in wrong]
    return read_merge(program, document, left, version=version)


@transaction.atomic
def renew(program: Program, *, reason: str, actor: str) -> Edition:
    """Makes the program's next edition of what is published and active now, and puts it in force. Others who change
    what the program gives wait meanwhile. Where nothing is different, the edition stays.
    Refusals: Invalid (every mistake, see `read_merge`)."""
    locked = Program.objects.select_for_update(no_key=True, of=("self",)).get(pk=program.pk)
    ruleset = RuleSet.objects.filter(program=locked, status=RuleSet.Status.PUBLISHED).first()
    version = str(ruleset.version) if ruleset else ""
    made, rules, context = read_live(
        locked, ruleset.document if ruleset else None, live_campaigns(locked), version=version
    )
    kept = {
        # Whatever else the document said of the program was true when it was read, and need not stay so.
        "document": {name: part for name, part in made.document.items() if name not in ("currency", "timezone")},
        "versions": made.versions,
        "context": {"currency": context.currency, "timezone": context.timezone, "events": dict(context.events)},
    }
    edition = Edition.objects.filter(program=locked, number=locked.edition).first()
    if edition is None or any(getattr(edition, name) != value for name, value in kept.items()):
        last = Edition.objects.filter(program=locked).aggregate(last=Max("number"))["last"] or 0
        edition = Edition.objects.create(
            program=locked, number=last + 1, ruleset=ruleset, reason=reason[:200], actor=actor, **kept
        )
    needs = sorted(Snapshot(with_terms(rules, Terms.of(locked)), edition.number).needs | extra_needs(locked))
    if (locked.edition, locked.needs) != (edition.number, needs):
        Program.objects.filter(pk=locked.pk).update(edition=edition.number, needs=needs)
    program.edition, program.needs = edition.number, needs
    return edition


def renew_outdated(*, actor: str) -> int:
    """Makes the next edition of programs whose currency or time zone is another by now than that of the edition in
    force, so that the times of campaigns stay what they are; says of how many. One that cannot be read any more is
    told in the log and stays. Repeating it changes nothing."""
    in_force = Edition.objects.annotate(zone=KT("context__timezone"), money=KT("context__currency"))
    in_force = in_force.filter(number=F("program__edition")).exclude(program__status=Program.Status.ARCHIVED)
    is_as_it_was = Q(zone=F("program__timezone"), money=F("program__money_currency"))
    renewed = 0
    for edition in in_force.exclude(is_as_it_was).select_related("program"):
        try:
            renew(edition.program, reason="The program's currency or time zone changed", actor=actor)
            renewed += 1
        except Invalid:
            logger.exception("program %s cannot go on with its rules", edition.program_id)
    return renewed


def snapshot_of(program_id: UUID, edition: int, terms: Terms) -> Snapshot:
    """The rules of an edition together with the program's terms, ready to decide; of edition 0 the terms alone. One
    query where it was not asked for lately. An edition that is not there or cannot be read counts as 0, and is told in
    the log."""
    try:
        return _read(program_id, edition, terms)
    except (Edition.DoesNotExist, Invalid):
        logger.exception("edition %s of program %s cannot be read", edition, program_id)
        return _read(program_id, 0, terms)


def draft_snapshot(
    program: Program, terms: Terms, *, ruleset: RuleSet | None = None, campaign: Campaign | None = None
) -> Snapshot:
    """What would decide if that rule set were published, or that campaign active, beside what is live now: for trying.
    Refusals: Invalid, as `read_merge`."""
    if ruleset is None:
        ruleset = RuleSet.objects.filter(program=program, status=RuleSet.Status.PUBLISHED).first()
    campaigns = [one for one in live_campaigns(program) if campaign is None or one.pk != campaign.pk]
    campaigns += [campaign] if campaign else []
    _, rules, _ = read_live(program, ruleset.document if ruleset else None, campaigns)
    return Snapshot(with_terms(rules, terms))


def _read(program_id: UUID, number: int, terms: Terms) -> Snapshot:
    # Editions never change, so what was read once stays true.
    key = program_id, number, terms
    if found := _SNAPSHOTS.get(key):
        return found
    document, events = {"rules": []}, {}
    if number:
        edition = Edition.objects.get(program_id=program_id, number=number)
        document, events = edition.document, edition.context.get("events", {})
    context = Context(currency=terms.currency, timezone=terms.timezone, events=events)
    rules = read_rules(document, context, is_bounded=False)
    return _SNAPSHOTS.keep(key, Snapshot(with_terms(rules, terms), number), len(msgspec.json.encode(document)))
