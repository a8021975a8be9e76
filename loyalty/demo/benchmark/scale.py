"""A brand as large as brands get: a hundred thousand members with a year and a half behind them, written set-based past
the ledger's door, in one transaction, with books that reconcile. For databases that are measured and thrown away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from ledger.sweeping import roll_up
from loyalty import clock
from loyalty.demo.benchmark import scale_books
from loyalty.demo.seed import SEEDER
from loyalty.demo.world import FIRST_NAMES, LAST_NAMES
from loyalty.errors import LoyaltyError
from loyalty.identity.members_in_bulk import Entry, enter_members
from loyalty.identity.models import Brand, Person, Staff
from programs.activity.places import Names
from programs.activity.purchases import PurchaseRequest, record_purchases
from programs.membership.enrolment import enrol_many
from programs.membership.models import Program
from programs.membership.operations import create_program
from programs.membership.validity import TierTerms
from programs.reports import figures

ACTOR = "system:scale"
CHUNK = 2_000
BATCH = 1_000
DAYS = 540
TIERS = (("bronze", 0), ("silver", 1_500), ("gold", 4_000), ("platinum", 7_000))


class AlreadyThere(LoyaltyError):
    """There is a brand with that code; choose another one."""

    code = "already-there"


@dataclass(frozen=True, slots=True)
class Filled:
    """What was made."""

    brand: Brand
    program: Program
    members: int
    entries: int


def fill(*, code: str, members: int, entries: int, busiest: int = 0, say: Callable[[str], None]) -> Filled:
    """Opens a brand and a program of that code, with people of each role and so many members, who share so many entries
    evenly (at least one each, rounded down): four purchases, then a redemption that takes the two oldest lots. One of
    them then makes `busiest` purchases more, through the door. Refusal: AlreadyThere."""
    if Brand.objects.filter(code=code).exists() or Program.objects.filter(code=code.upper()).exists():
        raise AlreadyThere()
    each = max(entries // members, 1)
    until = clock.now() - timedelta(minutes=1)
    begin = until - timedelta(days=DAYS)
    with transaction.atomic():
        brand = Brand.objects.create(code=code, name=f"{code.title()} Stores")
        program = _program(brand)
        _people(brand)
    _members(program, members, joined_at=begin, say=say)
    with transaction.atomic():
        say(f"{members * each:,} entries")
        scale_books.write(program, begin=begin, until=until, each=each, actor=ACTOR, say=say)
    _make_busy(program, busiest, until=until, say=say)
    say("rolling up")
    roll_up()
    figures.fold()
    with connection.cursor() as cursor:
        cursor.execute("analyze" if connection.in_atomic_block else "vacuum analyze")
    return Filled(brand, program, members, members * each + busiest)


def _program(brand: Brand) -> Program:
    return create_program(
        brand,
        code=brand.code.upper(),
        name=f"{brand.name} Card",
        tiers=[TierTerms(code=code, name=code.title(), points_min=points) for code, points in TIERS],
        actor=ACTOR,
        timezone="Europe/Amsterdam",
        money_currency="EUR",
        earn_points=1,
        earn_per=Decimal("1.00"),
        expiry_months=12,
        return_policy=Program.ReturnPolicy.DEBT,
    )


def _people(brand: Brand) -> None:
    """Somebody of each role, who cannot log in by a password."""
    for role in Staff.Role.values:
        person = Person.objects.create_user(f"{role}@{brand.code}.example.com", name=role.title())
        Staff.objects.create(person=person, brand=brand, role=role)


def _members(program: Program, members: int, *, joined_at: datetime, say: Callable[[str], None]) -> None:
    emails: dict[str, str] = {}
    for start in range(0, members, CHUNK):
        numbers = range(start, min(start + CHUNK, members))
        with transaction.atomic():
            entries = [Entry(f"{program.code}-{n:06}", profile=_profile(n, program.brand.code)) for n in numbers]
            entered = enter_members(program.brand, entries, actor=ACTOR, emails=emails, source="scale")
            enrol_many(program, [one.member_id for one in entered], joined_at=joined_at, actor=ACTOR)
        if (numbers[-1] + 1) % 20_000 == 0:
            say(f"{numbers[-1] + 1:,} of {members:,} members")


def _make_busy(program: Program, purchases: int, *, until: datetime, say: Callable[[str], None]) -> None:
    """Gives the first member a purchase for every few minutes of the last half year."""
    names = Names(program=program.code, member=f"{program.code}-000000")
    for start in range(0, purchases, BATCH):
        numbers = range(start, min(start + BATCH, purchases))
        bought = [
            PurchaseRequest(
                names=names,
                amount_minor=1_000 + n % 900,
                currency=program.money_currency,
                reference=f"B-{n}",
                occurred_at=until - timedelta(days=180) * (purchases - n) / purchases,
                source="till",
            )
            for n in numbers
        ]
        if refused := [answer for answer in record_purchases(SEEDER, bought) if isinstance(answer, Exception)]:
            raise refused[0]
        if (numbers[-1] + 1) % 10_000 == 0:
            say(f"{numbers[-1] + 1:,} purchases of the busiest member")


def _profile(n: int, code: str) -> dict:
    """A name that about 150 others have too, and an address and a phone that nobody has."""
    first, last = FIRST_NAMES[n % len(FIRST_NAMES)], LAST_NAMES[n // len(FIRST_NAMES) % len(LAST_NAMES)]
    return {
        "name": f"{first} {last}",
        "email": f"{first}.{last}.{n}@{code}.example.com".lower(),
        "phone": f"+316{n:08}",
    }
