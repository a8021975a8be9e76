"""What a brand has of the exchange, for the registries of objects and of calls: enters its makers in the one when it is
imported, and the other takes its IDS and BODIES. The partner is the ferry."""

from datetime import UTC, date, datetime
from decimal import Decimal

from exchange.clearing.models import PoolChange, Settlement
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.requests.models import Exchange, Quote
from ledger.accounts import open_clearing
from loyalty import clock
from loyalty.identity.models import Brand
from loyalty.identity.operations import make_known
from loyalty.ids import uuid7
from loyalty.tests.backoffice_objects import PARAMETERS, kind
from programs.membership.enrolment import enrol
from programs.membership.models import Program
from programs.membership.operations import create_program

ACTOR = "system:test"
PARAMETERS["agreement_id"] = Agreement
IDS = {
    "agreement": lambda house: [house.objects(Agreement).get(status=Agreement.Status.PROPOSED).pk],
    "bonus": lambda house: [house.objects(Bonus).get().pk],
    "from_program": lambda house: [house.program.pk, house.program.code],
    "to_program": lambda house: [ferry().pk, ferry().code],
    "period": lambda house: ["2026-10"],
    "exchange": lambda house: [house.objects(Exchange).get().pk],
    "quote_id": lambda house: [house.objects(Quote).get().pk],
}
BODIES = {
    "propose_an_agreement_of_exchange": {"to_program_id": "DAYFERRY"},
    "set_a_rate_of_exchange": {"to_program_id": "FERRY"},
    "quote_an_exchange": {"to_program_id": "FERRY", "from_amount": 20},
    "exchange_points": {"to_program_id": "FERRY", "from_amount": 20},
    "add_a_bonus_of_exchange": {"to_program_id": "FERRY", "ends_at": "2100-01-01T00:00:00Z"},
}


def ferry(code: str = "FERRY") -> Program:
    """A program of the ferry: one to which points of every house lead, one to which that is proposed, one that nobody
    has thought of yet."""
    owner, _is_new = Brand.objects.get_or_create(code="ferry", defaults={"name": "The Ferry"})
    found = owner.programs.filter(code=code).select_related("unit").first()
    return found or create_program(owner, code=code, name=f"{code.title()} Points", unit_name="miles")


@kind(Agreement, "from_program__brand")
def make_agreements(house) -> None:
    """An active one, and one that the ferry proposes."""
    active, proposed = ferry(), ferry("STEAMFERRY")
    ferry("DAYFERRY")
    pairs = ((active, Agreement.Status.ACTIVE, [house.brand.pk]), (proposed, Agreement.Status.PROPOSED, []))
    for partner, status, also in pairs:
        Agreement.objects.create(
            from_program=house.program, to_program=partner, status=status, accepted_by=[partner.brand_id, *also],
            point_price=Decimal("0.01"), currency="EUR", note=f"{house.code} terms",
            active_since=clock.now() if also else None,
        )  # fmt: skip
    open_clearing(house.program.unit, partner_id=active.pk)
    open_clearing(active.unit, partner_id=house.program.pk)


@kind(Rate, "from_program__brand")
def make_rate(house) -> None:
    Rate.objects.create(
        from_program=house.program, to_program=ferry(), rate=Decimal("0.5"), valid_from=clock.now(), actor=ACTOR
    )


@kind(Bonus, "from_program__brand")
def make_bonus(house) -> None:
    starts, ends = datetime(2101, 1, 1, tzinfo=UTC), datetime(2102, 1, 1, tzinfo=UTC)
    Bonus.objects.create(
        from_program=house.program, to_program=ferry(), name=f"{house.code} bonus", percent=5, starts_at=starts,
        ends_at=ends, actor=ACTOR,
    )  # fmt: skip


@kind(Quote, "from_program__brand")
def make_quote(house) -> None:
    """One that holds, of a member who takes part in the ferry's program too."""
    rate, partner = house.objects(Rate).get(), ferry()
    make_known(partner.brand_id, [house.member.pk])
    enrol(partner, house.member)
    Quote.objects.create(
        member=house.member, from_program=house.program, to_program=partner, terms=rate, rate=rate.rate, from_amount=20,
        fee=0, to_amount=10, residue=0, actor=ACTOR, expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@kind(Exchange, "from_program__brand")
def make_exchange(house) -> None:
    """One that waits to be settled."""
    rate, partner = house.objects(Rate).get(), ferry()
    Exchange.objects.create(
        member=house.member, from_program=house.program, to_program=partner, from_account=house.membership.account,
        to_account=open_clearing(partner.unit, partner_id=house.program.pk), terms=rate, rate=rate.rate,
        from_amount=20, fee=0, to_amount=10, residue=0, day=clock.now().date(), key=f"{house.code}-exchange",
        fingerprint=b"0" * 32, actor=ACTOR, lane=0, hold_id=house.held or uuid7(), created_at=clock.now(),
    )  # fmt: skip


@kind(Settlement, "from_program__brand")
def make_settlement(house) -> None:
    Settlement.objects.create(
        from_program=house.program, to_program=ferry(), month=date(2026, 9, 1), exchanges=1, points_given=20,
        points_issued=10, point_price=Decimal("0.01"), amount_minor=10, currency="EUR", actor=ACTOR,
    )  # fmt: skip


@kind(PoolChange, "agreement__from_program__brand")
def make_pool_change(house) -> None:
    agreement = house.objects(Agreement).get(status=Agreement.Status.ACTIVE)
    PoolChange.objects.create(agreement=agreement, points=5, reference=f"{house.code} payment", actor=ACTOR)
