"""Vouchers for birthdays: whose it is by the program's calendar, and once a year."""

from datetime import datetime
from io import StringIO

import pytest
from django.core.management import call_command

from programs.activity.tests.together import all_at_once
from programs.membership.enrolment import suspend
from programs.membership.models import Membership
from programs.rewards.issuing.birthdays import Gifts, award_birthday_vouchers
from programs.rewards.models import Reward, Voucher

pytestmark = pytest.mark.django_db
DAY = datetime.fromisoformat("2026-05-05T12:00:00+00:00")


@pytest.fixture
def cake(beans, ana_beans, ben_beans):
    """A cake for each birthday; Ana and Ben joined long ago."""
    Membership.objects.update(joined_at=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
    return Reward.objects.create(
        program=beans, code="cake", name="Cake", status="active", voucher_days=14, is_birthday_gift=True
    )


def given() -> list[tuple]:
    return list(Voucher.objects.order_by("id").values_list("member__name", "kind", "occasion"))


def test_started_twice_a_birthday_gives_one_voucher(cake, ana, ben, born):
    born(ana, "1990-05-05")
    born(ben, "1990-05-06")

    assert [award_birthday_vouchers(at=DAY) for _ in range(2)] == [Gifts(1), Gifts()]

    assert given() == [("Ana", "birthday", "birthday:2026:cake")]
    voucher = Voucher.objects.get()
    assert (voucher.status, voucher.reward_id, len(voucher.code)) == ("issued", cake.pk, 16)
    assert (voucher.expires_at - voucher.issued_at).days == 14


def test_the_next_year_gives_again(cake, ana, born):
    born(ana, "1990-05-05")
    for year in (2024, 2025, 2026):
        award_birthday_vouchers(at=DAY.replace(year=year))

    assert [occasion for _, _, occasion in given()] == [f"birthday:{year}:cake" for year in (2024, 2025, 2026)]


def test_a_day_that_was_missed_is_made_up_for_within_three_days(cake, ana, ben, born):
    born(ana, "1990-05-02")
    born(ben, "1990-05-01")

    assert award_birthday_vouchers(at=DAY) == Gifts(1)
    assert given()[0][0] == "Ana"


def test_a_birthday_in_the_last_days_of_a_year_is_of_that_year(cake, ana, born):
    born(ana, "1990-12-31")
    for day in ("2026-12-31", "2027-01-02"):
        award_birthday_vouchers(at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))

    assert [occasion for _, _, occasion in given()] == ["birthday:2026:cake"]


@pytest.mark.parametrize(("day", "gifts"), [("2027-02-28", 1), ("2027-02-27", 0), ("2028-02-28", 0), ("2028-02-29", 1)])
def test_who_was_born_on_the_29th_of_february_has_it_on_the_28th_in_common_years(cake, ana, born, day, gifts):
    born(ana, "1992-02-29")

    assert award_birthday_vouchers(at=datetime.fromisoformat(f"{day}T12:00:00+00:00")) == Gifts(gifts)


def test_the_day_is_that_of_the_programs_calendar(cake, beans, ana, born):
    beans.timezone = "Pacific/Auckland"
    beans.save()
    born(ana, "1990-05-06")

    assert award_birthday_vouchers(at=DAY) == Gifts(1)


def test_who_joined_after_it_or_does_not_take_part_gets_none(cake, ana, ben, ana_beans, ben_beans, born):
    born(ana, "1990-05-04")
    born(ben, "1990-05-05")
    Membership.objects.filter(pk=ana_beans.pk).update(joined_at=DAY)
    suspend(ben_beans)

    assert award_birthday_vouchers(at=DAY) == Gifts()


@pytest.mark.parametrize("change", [{"status": "paused"}, {"is_birthday_gift": False}, {"ends_at": DAY}])
def test_a_reward_that_is_not_on_offer_is_not_given(cake, ana, born, change):
    born(ana, "1990-05-05")
    Reward.objects.filter(pk=cake.pk).update(**change)

    assert award_birthday_vouchers(at=DAY) == Gifts()


def test_when_none_is_left_the_others_wait_until_there_is(cake, ana, ben, born):
    Reward.objects.filter(pk=cake.pk).update(stock_left=1)
    born(ana, "1990-05-05")
    born(ben, "1990-05-05")

    assert award_birthday_vouchers(at=DAY) == Gifts(1, 1)
    assert (len(given()), Reward.objects.get().stock_left) == (1, 0)
    Reward.objects.filter(pk=cake.pk).update(stock_left=5)
    assert award_birthday_vouchers(at=DAY) == Gifts(1)


def test_the_command_bounds_it_and_tells_it_in_a_line(cake, ana, ben, born):
    born(ana, "1990-05-05")
    born(ben, "1990-05-05")

    def ran(*more: str) -> str:
        out = StringIO()
        call_command("award_birthday_vouchers", "--at", "2026-05-05T12:00", "--program", "BEANS", *more, stdout=out)
        return out.getvalue().strip()

    told = [ran("--dry-run"), ran("--limit", "1"), ran(), ran()]
    assert told == ["would give 2 vouchers", "gave 1 vouchers", "gave 1 vouchers", "gave 0 vouchers"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_give_one_voucher_each(cake, ana, ben, born):
    born(ana, "1990-05-05")
    born(ben, "1990-05-05")
    Reward.objects.filter(pk=cake.pk).update(stock_left=10)

    done = all_at_once(4, lambda n: award_birthday_vouchers(at=DAY))

    assert (sum(one.given for one in done), len(given())) == (2, 2)
    assert Reward.objects.get().stock_left == 8
