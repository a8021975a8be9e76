"""Birthdays: whose it is by the program's calendar, and once a year."""

from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ledger.selectors import balances
from loyalty import clock
from programs.activity import birthdays
from programs.activity.birthdays import Congratulated, award_birthdays, is_birthday
from programs.activity.models import MemberEvent
from programs.activity.tests.ruled import fixed, rule, rule_by
from programs.membership.enrolment import suspend

pytestmark = pytest.mark.django_db
DAY = datetime.fromisoformat("2026-05-05T12:00:00+00:00")


@pytest.fixture
def celebrating(beans):
    """150 for a birthday."""
    rule_by(beans, rule("cake", fixed(150), trigger="member.birthday"))
    return beans


def born(member, day: str) -> None:
    member.birth_date = date.fromisoformat(day)
    member.save()


def held(membership) -> int:
    return balances([membership.account_id])[membership.account_id].posted


def ran(*arguments: str) -> str:
    out = StringIO()
    call_command("award_birthdays", *arguments, stdout=out)
    return out.getvalue().strip()


def test_started_twice_a_birthday_gives_150_once(celebrating, ana, ana_beans, ben, ben_beans):
    born(ana, "1990-05-05")
    born(ben, "1990-05-06")

    first, again = award_birthdays(at=DAY), award_birthdays(at=DAY)

    assert (first, again) == (Congratulated(1, 150), Congratulated(0, 0))
    assert (held(ana_beans), held(ben_beans)) == (150, 0)
    event = MemberEvent.objects.get()
    assert (event.type, event.source, event.reference) == ("member.birthday", "loyalty", f"birthday:{ana.id}:2026")


def test_the_next_year_gives_again(celebrating, ana, ana_beans):
    born(ana, "1990-05-05")

    for year in (2024, 2025, 2026):
        award_birthdays(at=DAY.replace(year=year))

    assert held(ana_beans) == 450


def test_who_moves_their_birthday_gets_it_once_a_year(celebrating, ana, ana_beans):
    born(ana, "1990-05-05")
    award_birthdays(at=DAY)
    born(ana, "1990-05-06")

    award_birthdays(at=DAY.replace(day=6))

    assert held(ana_beans) == 150


@pytest.mark.parametrize(
    ("birth", "day", "yes"),
    [
        ("1984-02-29", "2026-02-28", True),
        ("1984-02-29", "2026-03-01", False),
        ("1984-02-29", "2028-02-28", False),
        ("1984-02-29", "2028-02-29", True),
        ("1984-02-29", "2100-02-28", True),
        ("1984-02-28", "2026-02-28", True),
        ("1984-01-31", "2026-04-30", False),
    ],
)
def test_the_29th_of_february_is_the_28th_in_common_years(birth, day, yes):
    assert is_birthday(date.fromisoformat(birth), date.fromisoformat(day)) is yes


def test_the_day_is_that_of_the_programs_calendar(celebrating, ana, ana_beans):
    celebrating.timezone = "Pacific/Auckland"
    celebrating.save()
    born(ana, "1990-05-06")

    before = award_birthdays(at=DAY.replace(hour=11, minute=59), dry_run=True)
    after = award_birthdays(at=DAY.replace(hour=12, minute=0), dry_run=True)

    assert (before.members, after.members) == (0, 1)


def test_a_program_without_a_rule_for_it_reads_nobody(beans, ana, ana_beans, django_assert_num_queries):
    born(ana, "1990-05-05")

    with django_assert_num_queries(1):
        assert award_birthdays(at=DAY) == Congratulated()


def test_who_is_suspended_or_of_another_program_gets_nothing(celebrating, ana, ana_beans, ben, bistro):
    from programs.membership.enrolment import enrol
    from programs.membership.operations import create_program

    plates = create_program(bistro, code="PLATES", name="Plates")
    from loyalty.identity.operations import make_known

    make_known(bistro.id, [ben.id])
    enrol(plates, ben)
    born(ana, "1990-05-05")
    born(ben, "1990-05-05")
    suspend(ana_beans)

    assert award_birthdays(at=DAY) == Congratulated()


def test_killed_and_started_again_each_gets_it_once(celebrating, ana, ana_beans, ben, ben_beans, monkeypatch):
    born(ana, "1990-05-05")
    born(ben, "1991-05-05")
    monkeypatch.setattr(birthdays, "CHUNK", 1)

    def broken(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        award_birthdays(at=DAY, progress=broken)
    assert award_birthdays(at=DAY) == Congratulated(1, 150)
    assert (held(ana_beans), held(ben_beans)) == (150, 150)


def test_the_command_says_what_it_did_or_would(celebrating, ana, ana_beans):
    born(ana, "1990-05-05")

    assert ran("--at", "2026-05-05T10:00", "--dry-run") == "would congratulate 1 members"
    assert not MemberEvent.objects.exists()
    assert ran("--at", "2026-05-05T10:00", "--program", "BEANS") == "congratulated 1 members with 150 points"
    assert ran("--at", "2026-05-05T10:00") == "congratulated 0 members with 0 points"


def test_the_command_stops_at_its_limit(celebrating, ana, ana_beans, ben, ben_beans):
    born(ana, "1990-05-05")
    born(ben, "1991-05-05")

    said = [ran("--at", "2026-05-05T10:00", "--limit", "1") for _ in range(3)]

    assert [line.split()[1] for line in said] == ["1", "1", "0"]


def test_the_command_refuses_a_program_that_is_not_there_and_the_future(celebrating):
    with pytest.raises(CommandError, match="no program"):
        ran("--program", "NOWHERE")
    with pytest.raises(CommandError, match="future"):
        ran("--at", f"{clock.now().year + 1}-05-05")
