"""The members whom a campaign concerns and who agreed to be told of such things: told in chunks by a run of the worker,
which goes on where it was cut off."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from loyalty import clock
from loyalty.delivery.notifications.judging import CONSENT
from loyalty.delivery.notifications.kinds import Due, find_kind
from loyalty.delivery.notifications.making import tell_members
from loyalty.events.models import Event
from loyalty.identity.models import Brand, Member
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from loyalty.roles import ADMIN
from loyalty.runs.kinds import Step, Work, runs_as
from loyalty.runs.models import Run
from loyalty.runs.operations import start
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

TELL = "campaigns.tell"
STARTED = "campaign.started"
CHUNK = 2_000
WHO = f"""
from programs_membership s join loyalty_member m on m.id = s.member_id
where s.program_id = %(program)s and s.status = 'active' and s.member_id > %(after)s
  and m.is_active and m.erased_at is null
  and exists (select from jsonb_each_text(m.consents) c where c.key like '{CONSENT}%%' and c.value = 'true')
"""
OPTED_IN = f"""
select s.member_id, programs_member_facts(s.program_id, s.member_id, s, %(at)s, %(needs)s::text[])::text as facts
{WHO} order by s.member_id limit %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Here:
    """A member in the program, as far as an audience asks."""

    member_id: UUID
    program: Program
    facts: FactsOfMember


def tell_audience(event: Event, due: Due) -> None:
    """Writes down, in the caller's transaction, that the campaign's audience is to be told, and the work for it. A
    campaign that was paused and is activated again is told under the event of the first time: nobody hears of it
    twice."""
    campaign = Campaign.objects.get(pk=event.aggregate_id)
    asked = {"campaign_id": str(campaign.pk)}
    before = Run.objects.filter(brand=event.brand_id, kind=TELL, arguments__contains=asked).order_by("created_at")
    first = before.values_list("arguments__event_id", flat=True).first()
    asked |= {"event_id": first or str(event.event_id), "facts": dict(due.facts), "after": str(UUID(int=0))}
    asked["not_before"] = due.not_before.isoformat() if due.not_before else None
    asker = Principal(kind="system", id=uuid7(), actor="system:notifications", brands={event.brand_id: ADMIN})
    start(TELL, Brand.objects.get(pk=event.brand_id), asker, asked, title=f"Tell members of {campaign.name}"[:200])


@runs_as(TELL, title="Tell members of a campaign", permission="campaigns.activate")
class TellingAudience(Work):
    """`arguments`: campaign_id, event_id, facts, not_before, and `after`, the last member who was looked at, which
    moves on in each chunk's own transaction. Told are the active members of the campaign's program who consented to
    marketing by some channel and are in its audience as it is then; nobody any more once it is paused or over."""

    def __init__(self, run: Run):
        super().__init__(run)
        asked = run.arguments
        not_before = asked["not_before"] and datetime.fromisoformat(asked["not_before"])
        self.due = Due(facts=asked["facts"], not_before=not_before)
        self.campaign = Campaign.objects.select_related("program").get(pk=asked["campaign_id"])
        self.program = program = self.campaign.program
        self.snapshot = snapshot_of(program.id, program.edition, Terms.of(program))
        known = next((one for one in self.snapshot.rules.campaigns if one.key == self.campaign.key), None)
        self.holds = ask(known.audience) if known else None

    def total(self) -> int:
        return rows(f"select count(*) {WHO}", {"program": self.program.id, "after": UUID(int=0)})[0]["count"]

    def step(self, start: int) -> Step:
        found = self._next()
        dealt = max(1, len(found))
        births = _births(found) if BIRTHDAY in self.snapshot.needs else {}
        members = [one.member_id for one in found if self.holds(_seen(self.snapshot, one, births.get(one.member_id)))]
        asked = self.run.arguments
        made = tell_members(find_kind(STARTED), self.run.brand_id, UUID(asked["event_id"]), self.due, members)
        if found:
            self.run.arguments = asked | {"after": str(found[-1].member_id)}
        # Members come and go meanwhile: it ends where there are no more, not where they were counted to end.
        self.run.total = max(self.run.total, start + dealt + 1) if len(found) == CHUNK else start + dealt
        self.run.save(update_fields=["arguments", "total"])
        return Step(dealt=dealt, counts={"members": len(members), "messages": made})

    def _next(self) -> list[_Here]:
        """The next members to be looked at."""
        is_on = Campaign.objects.filter(pk=self.campaign.pk, status=Campaign.Status.ACTIVE).exists()
        if self.holds is None or not is_on:
            return []
        return _opted_in(self.program, self.snapshot, UUID(self.run.arguments["after"]))


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
