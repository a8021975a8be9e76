"""Where the benchmark's points move: a program with a thousand members who each have 120 lots to begin with."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from ledger.posting import Move, post
from loyalty.identity.keys import create_server_key
from loyalty.identity.models import Brand
from loyalty.identity.operations import ensure_members
from loyalty.ids import uuid7
from loyalty.roles import SCOPES
from programs.membership.enrolment import enrol_many
from programs.membership.models import Membership
from programs.membership.operations import create_program

MEMBERS = 1_000
LOTS = 120


@dataclass(frozen=True, slots=True)
class Places:
    """The program and its members' accounts, which have consecutive ids. External ids are M0, M1, ..."""

    program_id: UUID
    code: str
    key: str
    first_account: int
    members: int
    conninfo: str


def prepare() -> Places:
    """Opens the program and fills it; each call makes another one."""
    number = Brand.objects.count()
    brand = Brand.objects.create(code=f"bench-{number}", name="Benchmark")
    program = create_program(
        brand, code=f"BENCH{number}", name="Benchmark", money_currency="EUR", earn_points=1, earn_per=Decimal("1.00")
    )
    numbers = [f"M{n}" for n in range(MEMBERS)]
    enrol_many(program, ensure_members(brand, numbers).values())
    accounts = sorted(Membership.objects.filter(program=program).values_list("account_id", flat=True))
    assert accounts[-1] - accounts[0] == MEMBERS - 1, "the floor's scripts count on consecutive accounts"
    for _ in range(LOTS):
        post([_first_points(account, program.id) for account in accounts])
    _, key = create_server_key(brand, name="Benchmark", scopes=SCOPES, rate="")
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return Places(program.id, program.code, key, accounts[0], MEMBERS, connection.connection.info.dsn)


def _first_points(account_id: int, program_id: UUID) -> Move:
    return Move(
        kind="deposit",
        account_id=account_id,
        key=f"benchmark:{uuid7()}",
        fingerprint=b"benchmark",
        actor="system:benchmark",
        points=64,
        program_id=program_id,
    )
