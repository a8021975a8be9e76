"""Who takes part in a program: enrolled by the brand, one by one or by the thousand, joined by themselves, suspended,
left. Points stay where they are, whatever happens here."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection, transaction
from procrastinate.contrib.django import app

from ledger.accounts import open_accounts
from loyalty import clock, sql
from loyalty.errors import NotFound
from loyalty.events import log
from loyalty.identity.models import Member
from loyalty.identity.operations import make_known
from loyalty.ids import uuid7
from programs.membership.cards import new_card_number
from programs.membership.errors import MembershipClosed, MembershipSuspended, ProgramNotActive
from programs.membership.models import Membership, Program

JOINED_TASK = "programs.record_joined"
TOLD_AT_ONCE = 500

# The share lock lets enrolments run side by side, and makes those that change the program wait for them.
CANDIDATES = """
select w.member_id, p.status as program_status, k.id is not null as is_known,
       s.id, s.account_id, s.card_number, s.status, s.joined_at, 'trigger:member.joined' = any(p.needs) as is_awaited
from programs_program p
left join unnest(%s::uuid[]) w (member_id) on true
left join loyalty_brandmember k on k.brand_id = p.brand_id and k.member_id = w.member_id
left join programs_membership s on s.program_id = p.id and s.member_id = w.member_id
where p.id = %s for share of p
"""
ENROL = """
with wanted as (
  select * from jsonb_to_recordset(%(rows)s::jsonb)
    as r (id uuid, member_id uuid, account_id bigint, card_number text, joined_at timestamptz, event_id uuid)
), joined as (
  insert into programs_membership (id, program_id, member_id, account_id, card_number, status, joined_at, tier_id,
                                   tier_since)
  select w.id, %(program_id)s, w.member_id, w.account_id, w.card_number, 'active', w.joined_at, t.id,
         case when t.id is not null then w.joined_at end
  from wanted w left join programs_tier t on t.program_id = %(program_id)s and t.points_min = 0 order by w.member_id
  on conflict do nothing returning id
), stream as (
  insert into loyalty_eventstream (aggregate_id, last_sequence) select id, 1 from joined
), event as (
  insert into loyalty_event (event_id, brand_id, type, aggregate_id, sequence, member_id, program_id, data, occurred_at)
  select w.event_id, %(brand_id)s, 'membership.created', w.id, 1, w.member_id, %(program_id)s,
         jsonb_build_object('actor', %(actor)s::text), w.joined_at
  from wanted w join joined using (id) order by w.member_id
)
select id from joined
"""


def enrol(program: Program, member: Member, *, joined_at: datetime | None = None, actor: str = "system") -> Membership:
    """Makes a member whom the brand knows take part in the program, with a card and an account in the ledger. Repeating
    it returns the membership as it is; one that had ended is active again. Refusals: ProgramNotActive, NotFound (the
    brand does not know the member)."""
    with transaction.atomic():
        membership = enrol_many(program, [member.id], joined_at=joined_at, actor=actor)[member.id]
        if membership.status == Membership.Status.CLOSED:
            membership = _change_status(membership, Membership.Status.ACTIVE, "membership.reopened", actor)
    return membership


def join(program: Program, member: Member, *, actor: str) -> Membership:
    """The member takes part by their own wish, and the brand knows them from now on. Repeating it returns the
    membership. Refusals: ProgramNotActive, MembershipSuspended."""
    with transaction.atomic():
        make_known(program.brand_id, [member.id])
        membership = enrol(program, member, actor=actor)
        if membership.status == Membership.Status.SUSPENDED:
            raise MembershipSuspended()
    return membership


@transaction.atomic
def enrol_many(
    program: Program,
    member_ids: Iterable[UUID],
    *,
    joined_at: datetime | Mapping[UUID, datetime] | None = None,
    actor: str = "system",
) -> dict[UUID, Membership]:
    """The memberships of these members, the missing ones made, each with card, account and event, in at most six round
    trips for any number of members. `joined_at` is one instant (now) or one for each member. Repeating it changes
    nothing; memberships that are suspended or have ended stay so. Of two that do this at once one makes the membership
    and both get it. Refusals: ProgramNotActive, NotFound (a member whom the brand does not know)."""
    wanted = sorted(set(member_ids))
    found, is_awaited = _existing(program, wanted)
    missing = [member_id for member_id in wanted if member_id not in found]
    if not missing:
        return found
    accounts = open_accounts(program.unit, missing, debt_max=debt_max_of(program))
    while missing:
        made = _insert(program, {member_id: accounts[member_id].id for member_id in missing}, joined_at, actor)
        if is_awaited:
            _tell_rules(made)
        found |= {membership.member_id: membership for membership in made}
        missing = [member_id for member_id in missing if member_id not in found]
        if missing:
            # Somebody else enrolled them just now, or a card number was taken, as one in many millions is.
            others = Membership.objects.filter(program=program, member_id__in=missing)
            found |= {membership.member_id: membership for membership in others}
            missing = [member_id for member_id in missing if member_id not in found]
    return found


def debt_max_of(program: Program) -> int:
    """How far a return may take a member of the program below zero, in points."""
    return program.debt_max if program.return_policy == Program.ReturnPolicy.DEBT else 0


def suspend(membership: Membership, *, actor: str = "system") -> Membership:
    """Stops the membership for a while: nothing is earned or redeemed. Repeating it changes nothing.
    Refusals: MembershipClosed."""
    return _change_status(membership, Membership.Status.SUSPENDED, "membership.suspended", actor)


def reinstate(membership: Membership, *, actor: str = "system") -> Membership:
    """Ends a suspension. Repeating it changes nothing. Refusals: MembershipClosed (enrol the member again)."""
    return _change_status(membership, Membership.Status.ACTIVE, "membership.reinstated", actor)


def close(membership: Membership, *, actor: str = "system") -> Membership:
    """The member leaves the program. The points stay in the ledger, where they expire as they would have; whoever
    enrols again finds what is left of them. Repeating it changes nothing."""
    return _change_status(membership, Membership.Status.CLOSED, "membership.closed", actor)


@transaction.atomic
def _change_status(membership: Membership, status: str, type_: str, actor: str) -> Membership:
    membership = Membership.objects.select_for_update(of=("self",)).select_related("program").get(id=membership.id)
    before = membership.status
    if status == before:
        return membership
    if before == Membership.Status.CLOSED and type_ != "membership.reopened":
        raise MembershipClosed()
    membership.status = status
    membership.save(update_fields=["status"])
    log.record(
        type_,
        brand_id=membership.program.brand_id,
        aggregate_id=membership.id,
        member_id=membership.member_id,
        program_id=membership.program_id,
        data={"actor": actor, "from": before, "to": status},
    )
    return membership


def _existing(program: Program, member_ids: list[UUID]) -> tuple[dict[UUID, Membership], bool]:
    """The memberships that there are already, and whether a rule waits for who joins; refuses what `enrol_many`
    refuses."""
    rows = sql.rows(CANDIDATES, [member_ids, program.id])
    if rows[0]["program_status"] != Program.Status.ACTIVE:
        raise ProgramNotActive(status=rows[0]["program_status"])
    fields = ("id", "account_id", "card_number", "status", "joined_at")
    found = {}
    for row in rows:
        if row["id"] is not None:
            values = {field: row[field] for field in fields}
            found[row["member_id"]] = _as_read(program, member_id=row["member_id"], **values)
        elif row["member_id"] is not None and not row["is_known"]:
            raise NotFound(f"The brand does not know the member {row['member_id']}.")
    return found, rows[0]["is_awaited"]


def _tell_rules(memberships: list[Membership]) -> None:
    """Writes down a job for the rules, which this floor does not know, in the transaction of the memberships."""
    ids = [str(membership.id) for membership in memberships]
    for first in range(0, len(ids), TOLD_AT_ONCE):
        app.configure_task(JOINED_TASK).defer(membership_ids=ids[first : first + TOLD_AT_ONCE])


def _insert(program: Program, accounts: Mapping[UUID, int], joined_at, actor: str) -> list[Membership]:
    """Makes the memberships that can be made, in one statement; returns those."""
    now = clock.now()
    moments = joined_at if isinstance(joined_at, Mapping) else dict.fromkeys(accounts, joined_at or now)
    rows = [
        {
            "id": uuid7(),
            "member_id": member_id,
            "account_id": account_id,
            "card_number": new_card_number(),
            "joined_at": moments.get(member_id) or now,
            "event_id": uuid7(),
        }
        for member_id, account_id in accounts.items()
    ]
    params = {"program_id": program.id, "brand_id": program.brand_id, "actor": actor}
    with connection.cursor() as cursor:
        cursor.execute(ENROL, {"rows": msgspec.json.encode(rows).decode(), **params})
        made = {row[0] for row in cursor.fetchall()}
    return [_as_read(program, status="active", **_membership(row)) for row in rows if row["id"] in made]


def _membership(row: dict) -> dict:
    return {field: value for field, value in row.items() if field != "event_id"}


def _as_read(program: Program, **values) -> Membership:
    """A membership as the ORM would have read it, its program at hand."""
    membership = Membership(program=program, **values)
    membership._state.adding, membership._state.db = False, connection.alias
    return membership
