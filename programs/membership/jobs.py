"""What the worker does for tiers."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from loyalty import clock
from loyalty.sql import drop_dead_connection
from programs.membership.assessing import reassess_tiers
from programs.membership.models import Program


@app.periodic(cron="37 * * * *")
@app.task(name="programs.reassess_tiers", queueing_lock="reassess_tiers", lock="reassess_tiers")
def reassess_all(timestamp: int) -> None:
    """Writes down who went up or down, and warns of endings; tiers are read right without it."""
    drop_dead_connection()
    reassess_tiers(at=clock.now())


@app.task(name="programs.reassess_program", retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def reassess_program(program_id: str) -> None:
    """Brings the members of a program whose tiers or policy changed up to date with it."""
    drop_dead_connection()
    program = Program.objects.filter(pk=UUID(program_id)).first()
    if program:
        reassess_tiers(at=clock.now(), program=program, is_program_change=True)


def assess_later(program: Program) -> None:
    """Has the worker assess the program's members, once the caller's transaction holds."""
    reassess_program.configure(lock=f"tiers:{program.pk}").defer(program_id=str(program.pk))
