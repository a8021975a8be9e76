"""Programs and agreed pairs for tests, with little said."""

from datetime import timedelta
from decimal import Decimal

from exchange.rates.models import Agreement, Rate
from ledger.accounts import open_clearing, open_unit
from loyalty import clock
from programs.membership.models import Program


def program(brand, code: str, **said) -> Program:
    """An active program of the brand, by its code."""
    unit = open_unit(brand, name=code.lower())
    return Program.objects.create(brand=brand, unit=unit, code=code, name=code.title(), **said)


def open_pair(from_program: Program, to_program: Program, *, rate: str = "1", **terms) -> Agreement:
    """An agreement that both accepted, the clearing accounts of both, and a rate that has been in force for an hour."""
    open_clearing(from_program.unit, partner_id=to_program.id)
    open_clearing(to_program.unit, partner_id=from_program.id)
    now = clock.now()
    agreement = Agreement.objects.create(
        from_program=from_program,
        to_program=to_program,
        status=Agreement.Status.ACTIVE,
        accepted_by=sorted({from_program.brand_id, to_program.brand_id}),
        active_since=now,
    )
    Rate.objects.create(
        from_program=from_program,
        to_program=to_program,
        rate=Decimal(rate),
        valid_from=now - timedelta(hours=1),
        actor="test",
        **terms,
    )
    return agreement
