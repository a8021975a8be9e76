"""The members whom a campaign concerns and who agreed to be told of such things, found in chunks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from loyalty import clock
from loyalty.delivery.notifications.judging import CONSENT
from loyalty.events.models import Event
from loyalty.identity.models import Member
from loyalty.sql import rows
from programs.activity.facts import BIRTHDAY, member_facts
from programs.activity.places import FactsOfMember
from programs.earning.editions import snapshot_of
from programs.earning.facts import Terms
from programs.earning.models import Campaign
from programs.earning.rules.asking import ask
from programs.earning.rules.compiled import Snapshot
from programs.earning.rules.happening import Happening
from programs.membership.models import Program

CHUNK = 2_000
OPTED_IN = f"""
select s.member_id, programs_member_facts(s.program_id, s.member_id, s, %(at)s, %(needs)s::text[])::text as facts
from programs_membership s join loyalty_member m on m.id = s.member_id
where s.program_id = %(program)s and s.status = 'active' and s.member_id > %(after)s
  and m.is_active and m.erased_at is null
  and exists (select from jsonb_each_text(m.consents) c where c.key like '{CONSENT}%%' and c.value = 'true')
order by s.member_id limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Here:
    """A member in the program, as far as an audience asks."""

    member_id: UUID
    program: Program
    facts: FactsOfMember


def audience_of(event: Event) -> Iterator[list[UUID]]:
    """The active members of the campaign's program who are in its audience as it is now and consented to marketing by
    some channel, some thousand at a time; nobody once it is over."""
    campaign = Campaign.objects.select_related("program").filter(id=event.aggregate_id).first()
    if campaign is None or campaign.status != Campaign.Status.ACTIVE:
        return
    program = campaign.program
    snapshot = snapshot_of(program.id, program.edition, Terms.of(program))
    asked = next((one for one in snapshot.rules.campaigns if one.key == campaign.key), None)
    if asked is None:
        return
    holds = ask(asked.audience)
    after = UUID(int=0)
    while found := _opted_in(program, snapshot, after):
        after = found[-1].member_id
        births = _births(found) if BIRTHDAY in snapshot.needs else {}
        yield [one.member_id for one in found if holds(_seen(snapshot, one, births.get(one.member_id)))]


def _opted_in(program: Program, snapshot: Snapshot, after: UUID) -> list[_Here]:
    asked = {
        "program": program.id, "after": after, "at": clock.now(), "needs": sorted(snapshot.needs), "limit": CHUNK,
    }  # fmt: skip
    return [
        _Here(row["member_id"], program, msgspec.json.decode(row["facts"] or "{}", type=FactsOfMember))
        for row in rows(OPTED_IN, asked)
    ]


def _seen(snapshot: Snapshot, here: _Here, birth_date: date | None):
    now = clock.now()
    return snapshot.see(Happening(at=now, member=member_facts(here, now, birth_date)))


def _births(found: list[_Here]) -> dict[UUID, date]:
    members = Member.objects.filter(pk__in=[one.member_id for one in found]).only("birth_date", "data_key")
    return {member.pk: member.birth_date for member in members if member.birth_date}
