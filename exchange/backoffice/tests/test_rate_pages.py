"""Rates on the portal: what holds now and next, a new one looked at and set, the circle that forbids it, bonuses."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exchange.backoffice.tests.pages import at, body
from exchange.rates.models import Agreement, Bonus, Rate
from exchange.rates.tests.pairs import open_pair, program
from loyalty import clock

pytestmark = pytest.mark.django_db

RATES = at("exchange_rates")


def page(pair) -> str:
    return at("exchange_pair", pair.agreement.pk)


def set_rate(client, pair, rate: str, **said):
    asked = {"request_key": uuid4(), "rate": rate, "is_open": "on", "from_min": "1", "from_step": "1"}
    return client.post(at("exchange_rate_new", pair.agreement.pk), asked | said)


def add_bonus(client, pair, percent: str = "30", **said):
    until = (clock.now() + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M")
    asked = {"request_key": uuid4(), "name": "Spring bonus", "percent": percent, "starts_at": "", "ends_at": until}
    return client.post(at("exchange_bonus_new", pair.agreement.pk), asked | said)


def bonus_of(pair, percent: str = "30", *, starts=timedelta(0), lasts=timedelta(days=7)) -> Bonus:
    since = clock.now() + starts
    return Bonus.objects.create(
        from_program=pair.miles, to_program=pair.nights, name="Spring bonus", percent=Decimal(percent), actor="test",
        starts_at=since, ends_at=since + lasts,
    )  # fmt: skip


def test_both_brands_see_the_pair_with_its_rate(pair, desk, other):
    for client in (desk.admin, desk.staff, desk.partner, other.staff):
        shown = body(client.get(RATES))

        assert "MILES → NIGHTS" in shown
        assert '<td class="amount" data-label="Rate">2.5</td>' in shown


def test_a_stranger_sees_no_pair_and_no_page_of_it(pair, stranger):
    assert "No pair yet" in body(stranger.admin.get(RATES))
    for name in ("exchange_pair", "exchange_rate_new", "exchange_bonus_new"):
        assert stranger.admin.get(at(name, pair.agreement.pk)).status_code == 404
    assert set_rate(stranger.admin, pair, "1").status_code == 404
    assert Rate.objects.count() == 1


def test_the_page_says_what_a_thousand_points_give(pair, desk):
    assert "1,000 miles give <b>2,500 nights</b>" in body(desk.staff.get(page(pair)))


def test_a_bonus_in_force_and_its_end_are_told(pair, desk):
    bonus_of(pair)
    shown = body(desk.staff.get(RATES))

    assert '<td class="amount" data-label="Rate">3.25</td>' in shown
    assert "+30 % Spring bonus" in shown
    assert "Spring bonus ends" in shown


def test_a_rate_to_come_is_told_and_leaves_the_present_one(pair, desk):
    later = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    set_rate(desk.admin, pair, "2", valid_from=later)
    shown = body(desk.admin.get(page(pair)))

    assert "1,000 miles give <b>2,500 nights</b>" in shown
    assert ": rate 2</dd>" in shown
    assert "to come" in shown
    assert 'class="ex-coming"' in shown


def test_a_new_rate_is_looked_at_before_it_is_set(pair, desk):
    shown = body(set_rate(desk.admin, pair, "0.333", fee_percent="2", act="look"))

    assert "With this: 1,000 miles give <b>326 nights</b>, 20 of them are the fee" in shown
    assert "0.34 is left out by rounding down" in shown
    assert Rate.objects.count() == 1


def test_a_new_rate_takes_over_with_its_terms(pair, desk):
    done = set_rate(desk.admin, pair, "3", fee_percent="1.5", fee_points="5", from_min="100", from_max="5000")
    now = Rate.objects.order_by("-valid_from").first()

    assert done.headers["Location"] == page(pair)
    assert (now.rate, now.fee_percent, now.fee_points, now.from_min, now.from_max) == (
        Decimal(3), Decimal("1.5"), 5, 100, 5_000,
    )  # fmt: skip
    assert "1.5 % and 5 points" in body(desk.admin.get(page(pair)))
    assert Rate.objects.count() == 2, "the old one stays on record"


def test_a_rate_that_makes_points_is_refused_and_the_circle_told(pair, desk):
    open_pair(pair.nights, pair.miles, rate="0.4")
    shown = body(set_rate(desk.admin, pair, "2.6"))

    assert "one point would become 1.04 on the way round a circle" in shown
    assert "<li>MILES → NIGHTS: 2.6</li>" in shown
    assert "<li>NIGHTS → MILES: 0.4</li>" in shown
    assert Rate.objects.filter(from_program=pair.miles).count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"rate": "0"}, "A rate is more than nothing."),
        ({"rate": "many"}, "Write the number with a point"),
        ({"rate": "2", "valid_from": "soon"}, "Enter a day and a time."),
        ({"rate": "2", "valid_from": "2001-01-01T00:00"}, "in the past"),
        ({"rate": "2", "fee_percent": "100"}, "less than or equal to 99"),
    ],
)
def test_a_form_with_a_mistake_says_it_and_sets_nothing(pair, desk, said, words):
    assert words in body(set_rate(desk.admin, pair, **({"rate": "2"} | said)))
    assert Rate.objects.count() == 1


def test_only_admins_of_the_brand_that_gives_set_rates_and_bonuses(pair, desk, other):
    for client in (desk.staff, desk.partner, other.admin, other.staff):
        assert set_rate(client, pair, "2").status_code == 403
        assert add_bonus(client, pair).status_code == 403
        assert "Set a new rate" not in body(client.get(page(pair)))
    assert (Rate.objects.count(), Bonus.objects.count()) == (1, 0)


def test_operators_set_rates_of_all_pairs(pair, above):
    assert set_rate(above, pair, "2").status_code == 302


def test_a_bonus_is_added_and_ended_early(pair, desk):
    add_bonus(desk.admin, pair)
    bonus = Bonus.objects.get()
    with clock.at(clock.now() + timedelta(minutes=2)):
        desk.admin.post(at("exchange_bonus_end", bonus.pk), {"request_key": uuid4(), "reason": "Enough"})

        bonus.refresh_from_db()
        assert bonus.ends_at <= clock.now()
        assert "Over" in body(desk.admin.get(page(pair)))


def test_a_bonus_that_had_not_begun_is_gone_and_the_list_comes(pair, desk):
    bonus = bonus_of(pair, starts=timedelta(days=1))
    done = desk.admin.post(at("exchange_bonus_end", bonus.pk), {"request_key": uuid4(), "reason": "Enough"})

    assert done.headers["Location"] == at("exchange_bonus_changelist")
    assert not Bonus.objects.exists()


def test_a_bonus_that_makes_points_is_refused_and_the_circle_told(pair, desk):
    open_pair(pair.nights, pair.miles, rate="0.4")

    assert "on the way round a circle" in body(add_bonus(desk.admin, pair))
    assert not Bonus.objects.exists()


def test_the_other_brand_sees_a_bonus_and_does_not_end_it(pair, other, stranger):
    bonus = bonus_of(pair)

    assert "Spring bonus" in body(other.staff.get(at("exchange_bonus_changelist")))
    assert other.admin.get(at("exchange_bonus_end", bonus.pk)).status_code == 403
    assert stranger.admin.get(at("exchange_bonus_end", bonus.pk)).status_code == 404
    assert "Spring bonus" not in body(stranger.admin.get(at("exchange_bonus_changelist")))


def test_bonuses_are_filtered_by_whether_they_run(pair, desk):
    bonus_of(pair)
    shown = at("exchange_bonus_changelist")

    assert "Spring bonus" in body(desk.staff.get(shown, {"state": "running"}))
    assert "+30 %" not in body(desk.staff.get(shown, {"state": "over"}))


def test_a_pair_without_a_rate_says_so(cafe, bistro, desk):
    agreed = Agreement.objects.create(
        from_program=program(cafe, "CUPS"), to_program=program(bistro, "PLATES"), status="active",
        accepted_by=[cafe.pk, bistro.pk],
    )  # fmt: skip

    assert "No rate yet" in body(desk.admin.get(RATES))
    assert "so that nobody can exchange" in body(desk.admin.get(at("exchange_pair", agreed.pk)))


def test_many_pairs_take_as_many_queries_as_few(cafe, bistro, pair, desk, django_assert_num_queries):
    desk.admin.get(RATES)
    with CaptureQueriesContext(connection) as few:
        desk.admin.get(RATES)
    for n in range(6):
        open_pair(program(cafe, f"OUT{n}"), program(bistro, f"IN{n}"))

    with django_assert_num_queries(len(few)):
        desk.admin.get(RATES)


def test_before_both_have_agreed_no_rate_is_set_and_the_form_says_why(cafe, bistro, desk):
    agreed = Agreement.objects.create(
        from_program=program(cafe, "CUPS"), to_program=program(bistro, "PLATES"), accepted_by=[cafe.pk]
    )
    asked = {"request_key": uuid4(), "rate": "2", "is_open": "on", "from_min": "1", "from_step": "1"}
    told = body(desk.admin.post(at("exchange_rate_new", agreed.pk), asked))

    assert "Both brands must have accepted an agreement" in told
    assert not Rate.objects.exists()


def test_a_rate_with_a_comma_is_told_how_to_write_it(pair, desk):
    answer = set_rate(desk.admin, pair, "2,5")

    assert "Write the number with a point and without a comma, as in 2.5." in body(answer)
    assert Rate.objects.filter(from_program=pair.miles).count() == 1
