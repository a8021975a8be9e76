"""Exchanges that wait to be settled, made by the models and the ledger's door, few or thousands."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from exchange.rates.models import Agreement, Rate
from exchange.rates.tests.pairs import open_pair, program
from exchange.requests.models import LANES, DayUsage, Exchange
from ledger.posting import UNTIL_RELEASED, Move, post
from ledger.selectors import balances
from loyalty import clock
from loyalty.identity.models import BrandMember, Member
from loyalty.ids import uuid7
from programs.activity.points import fingerprint_of
from programs.membership.enrolment import enrol_many
from programs.membership.models import Membership, Program

POINTS = 1_000
CHUNK = 1_000


@dataclass
class Pair:
    """Miles for nights, at 2.5 nights for a mile: members in both programs with points in the first."""

    agreement: Agreement
    terms: Rate
    miles: Program
    nights: Program
    giving: dict
    getting: dict

    @property
    def members(self) -> list:
        return list(self.giving)

    def ask(self, member_id, from_amount: int = 100, **said) -> Exchange:
        """One exchange that waits."""
        (made,) = self.ask_all([member_id], from_amount, **said)
        return made

    def ask_all(self, member_ids, from_amount: int = 100, *, lane: int | None = None) -> list[Exchange]:
        """An exchange for each of the members, in this order, with its points set aside and counted for the day."""
        now = clock.now()
        ids = sorted(uuid7() for _ in member_ids)
        rows = [self._row(*pair, from_amount, now, lane) for pair in zip(ids, member_ids, strict=True)]
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            held = post([_hold(row) for row in chunk], together=True)
            for row, answer in zip(chunk, held, strict=True):
                row.hold_id = answer.public_id
            Exchange.objects.bulk_create(chunk)
        self._count(rows)
        return rows

    def set_aside(self, points: int) -> None:
        """So many points of every member, for something else."""
        now = clock.now()
        for start in range(0, len(self.members), CHUNK):
            chunk = self.members[start : start + CHUNK]
            post([_set_aside(self.giving[member_id], points, now) for member_id in chunk], together=True)

    def _row(self, key, member_id, from_amount: int, now, lane: int | None) -> Exchange:
        return Exchange(
            id=key,
            member_id=member_id,
            from_program=self.miles,
            to_program=self.nights,
            from_account_id=self.giving[member_id].account_id,
            to_account_id=self.getting[member_id].account_id,
            terms=self.terms,
            rate=self.terms.rate,
            from_amount=from_amount,
            fee=0,
            to_amount=int(from_amount * self.terms.rate),
            residue=from_amount * self.terms.rate - int(from_amount * self.terms.rate),
            day=now.date(),
            key=f"exchange:test:{key}",
            fingerprint=fingerprint_of(key),
            actor="test",
            lane=member_id.int % LANES if lane is None else lane,
            created_at=now,
        )

    def _count(self, rows: list[Exchange]) -> None:
        used = Counter()
        for row in rows:
            if self.terms.member_daily_max:
                used[row.day, row.member_id] += row.from_amount
            if self.terms.pair_daily_max:
                used[row.day, None] += row.from_amount
        for (day, member_id), points in used.items():
            self.count(day, member_id, points)

    def count(self, day, member_id, points: int) -> None:
        """So many points more on a day, of a member or of all."""
        usage, is_new = DayUsage.objects.get_or_create(
            from_program=self.miles, to_program=self.nights, day=day, member_id=member_id, defaults={"points": points}
        )
        if not is_new:
            DayUsage.objects.filter(id=usage.id).update(points=usage.points + points)

    def used(self, member_id=None) -> int:
        """Points counted for today, of a member or of all."""
        return DayUsage.objects.get(member_id=member_id).points

    def balances(self, member_id) -> tuple[tuple[int, int], tuple[int, int]]:
        """(available, held) of miles, (available, pending) of nights."""
        miles, nights = self.giving[member_id].account_id, self.getting[member_id].account_id
        found = balances([miles, nights])
        return (found[miles].available, found[miles].held), (found[nights].available, found[nights].pending)


def make_pair(brand, partner, *, members: int = 1, points: int = POINTS, rate: str = "2.5", **terms) -> Pair:
    """Programs MILES and NIGHTS of two brands, agreed, and members of both with points in MILES."""
    miles, nights = program(brand, "MILES"), program(partner, "NIGHTS")
    agreement = open_pair(miles, nights, rate=rate, **terms)
    made = Member.objects.bulk_create(
        Member(name=f"Member {n}", email=f"member{n}@example.com", created_by=brand) for n in range(members)
    )
    BrandMember.objects.bulk_create(
        BrandMember(brand=of, member=member, external_id=f"m{n}")
        for of in (brand, partner)
        for n, member in enumerate(made)
    )
    ids = [member.id for member in made]
    giving, getting = enrol_many(miles, ids), enrol_many(nights, ids)
    terms = Rate.objects.get(from_program=miles)
    for start in range(0, len(ids), CHUNK):
        post([_deposit(giving[member_id], points) for member_id in ids[start : start + CHUNK]], together=True)
    return Pair(agreement, terms, miles, nights, {one: giving[one] for one in ids}, getting)


def _deposit(membership: Membership, points: int) -> Move:
    return Move(
        kind="deposit",
        account_id=membership.account_id,
        key=f"deposit:{membership.id}",
        fingerprint=fingerprint_of(membership.id),
        actor="test",
        points=points,
        at=clock.now() - timedelta(minutes=1),
        program_id=membership.program_id,
    )


def _set_aside(membership: Membership, points: int, now) -> Move:
    return Move(
        kind="hold",
        account_id=membership.account_id,
        key=f"set-aside:{membership.id}",
        fingerprint=fingerprint_of(membership.id),
        actor="test",
        points=points,
        at=now,
        expires_at=UNTIL_RELEASED,
        program_id=membership.program_id,
    )


def _hold(row: Exchange) -> Move:
    return Move(
        kind="hold",
        account_id=row.from_account_id,
        key=f"{row.key}:hold",
        fingerprint=bytes(row.fingerprint),
        actor="test",
        points=row.from_amount,
        at=row.created_at,
        expires_at=UNTIL_RELEASED,
        program_id=row.from_program_id,
        data={"held_for": "exchange", "exchange_id": str(row.id)},
    )
