"""What rules are told of what was bought is the same, however it was read."""

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from msgspec.structs import replace

from loyalty import clock
from programs.activity.backtests.books import whole_lines
from programs.activity.backtests.comparing import Backtest, Candidate
from programs.activity.backtests.past import Past
from programs.activity.backtests.reading_ahead import read_ahead
from programs.activity.deciding import EARLIEST
from programs.activity.models import Purchase
from programs.activity.tests.ruled import fixed, item, leaf, limit, per, rule
from programs.activity.tests.tills import earn, give_back
from programs.earning.facts import ItemFacts, LinesByFact
from programs.earning.models import RuleSet

pytestmark = pytest.mark.django_db

WITHOUT = "update programs_purchase set items = items #- %s where jsonb_exists(items #> '{1}', %s)"
RULES = [
    rule("rate", per(1)),
    rule("toys", per(2, where=leaf("line.category", "equal", "toys")), group="bonus"),
    rule("red", per(1, where=leaf("line.labels.colour", "equal", "red")), group="bonus"),
    rule("cup", per(3, where=leaf("line.name", "equal", "Cup")), group="bonus"),
    rule("some", fixed(3), group="bonus", limits=[limit("member", points=10)]),
]


def opened(program) -> Backtest:
    candidate = Candidate(ruleset=RuleSet(program=program, document={"rules": RULES}))
    return Backtest(program, candidate, since=EARLIEST, until=clock.now())


def told(program, *, at_a_time: int = 1000) -> dict:
    backtest, done = opened(program), 0
    while done < len(backtest):
        done = backtest.go_on(done, at_a_time)
    return backtest.told()


def lines_of(past: Past) -> list[tuple[ItemFacts, ...]]:
    return [tuple(happening.purchase.items) for happening, _ in past.part(0, len(past))]


@pytest.fixture
def bought(api, beans, ana_beans, ben_beans) -> list[dict]:
    """Purchases of lines that tell much or little, some of which came back."""
    cup = item("CUP", "30.00", category="kitchen", name="Cup", labels={"colour": "red", "size": "s"}, quantity=3)
    cheese = item("CHEESE", "9.00", quantity="0.750")
    train = item("TRAIN", "60.00", category="toys")
    found = []
    for n in range(4):
        found.append(earn(api, "99.00", member=("ana", "ben")[n % 2], items=[cup, cheese, train]))
        found.append(earn(api, "7.00"))
    give_back(api, found[0]["id"], items=[{"sku": "TRAIN", "quantity": 1}])
    give_back(api, found[2]["id"], amount="20.00")
    return found


def test_lines_read_fact_by_fact_are_those_read_line_by_line(beans, bought):
    past = opened(beans).past

    lines = [happening.purchase.items for happening, _ in past.part(0, len(past))]

    assert all(type(one) is LinesByFact for one in lines)
    ids = Purchase.objects.order_by("occurred_at", "id").values_list("id", flat=True)
    assert [tuple(one) for one in lines] == [whole_lines(str(id)) for id in ids]
    assert sum(map(len, lines)) == 12


def test_lines_that_leave_out_what_goes_without_saying_are_read_too(beans, bought):
    before, was = lines_of(opened(beans).past), told(beans)
    with connection.cursor() as cursor:
        for field in ("category", "labels"):
            cursor.execute(WITHOUT, [["1", field], field])
        assert cursor.rowcount == 4

    assert (lines_of(opened(beans).past), told(beans)) == (before, was)


def test_nothing_changes_with_how_much_is_read_at_a_time(beans, bought, monkeypatch):
    at_once = told(beans)
    monkeypatch.setattr("programs.activity.backtests.past.FIRST_READ", 1)
    monkeypatch.setattr("programs.activity.backtests.past.LONGEST_READ", 2)

    assert told(beans) == told(beans, at_a_time=3) == at_once
    assert (at_once["purchases"], at_once["points"]) == (8, sum(one["points"] for one in at_once["rules"]))


def test_a_purchase_is_told_as_the_till_told_it(beans, bought):
    past = opened(beans).past
    (first, came_back), *_ = past.part(0, 1)

    kept = Purchase.objects.get(pk=bought[0]["id"])
    whole = replace(first.purchase, items=whole_lines(bought[0]["id"]))
    assert (first.at, whole.amount_minor, whole.occurred_at) == (kept.occurred_at, 99_00, kept.occurred_at)
    assert (came_back.refunded_minor, [(one.sku, one.quantity) for one in came_back.pieces]) == (60_00, [("TRAIN", 1)])


def test_what_is_read_ahead_comes_in_its_order_through_the_same_connection():
    ours = connections[DEFAULT_DB_ALIAS]

    assert list(read_ahead([lambda n=n: (n, connections[DEFAULT_DB_ALIAS]) for n in range(5)])) == [
        (n, ours) for n in range(5)
    ]
    assert not ours.allow_thread_sharing


def test_what_goes_wrong_while_reading_ahead_is_told_where_it_is_taken():
    def fail():
        raise LookupError("gone")

    taken = read_ahead([lambda: 1, fail, lambda: 3])

    assert next(taken) == 1
    with pytest.raises(LookupError, match="gone"):
        next(taken)
    assert not connections[DEFAULT_DB_ALIAS].allow_thread_sharing
