"""A file of events goes into a program: each row once, in order, the wrong ones refused and the rest taken in."""

import pytest

from ledger.models import Posting
from loyalty.events.models import Event
from programs.activity.acts import EARN, REDEEM, RETURN, Act
from programs.activity.importing import Summary, waves
from programs.activity.models import Purchase, Return
from programs.activity.tests.shop_files import balances_of, open_shop, take_in, write_events
from programs.membership.models import Membership


@pytest.fixture
def shop(db):
    return open_shop()


def event(type, invoice_no, amount, *, ts="2011-01-10T12:00:00", customer="ana", original=""):
    return {
        "ts": ts,
        "type": type,
        "invoice_no": invoice_no,
        "original_invoice_no": original,
        "customer_id": customer,
        "amount": amount,
    }


DAY = [
    event("earn", "1", "430.00"),
    event("earn", "2", "2100.00", customer="ben"),
    event("redeem", "R2", "100", customer="ben"),
    event("return", "C3", "400.00", original="1", ts="2011-01-10T13:00:00"),
    event("return", "C3", "2000.00", original="2", ts="2011-01-10T13:00:00", customer="ben"),
    event("return_unlinked", "C4", "12.00", ts="2011-01-10T14:00:00", customer="cem"),
]


def test_purchases_returns_and_redemptions_move_points_in_the_order_of_the_file(shop, tmp_path):
    summary, refused = take_in(shop, write_events(tmp_path / "day.csv", DAY))

    assert refused == []
    assert summary == Summary(purchases=2, returns=3, redemptions=1, earned=125, reversed=118, redeemed=100)
    balances = balances_of(shop, "2011-01-11")
    assert {name: (line["earned"], line["reversed"], line["redeemed"]) for name, line in balances.items()} == {
        "ana": (20, 18, 0),
        "ben": (105, 100, 100),
        "cem": (0, 0, 0),
    }
    assert {name: (line["balance"], line["debt"]) for name, line in balances.items()} == {
        "ana": (2, 0),
        "ben": (-95, 95),
        "cem": (0, 0),
    }


def test_a_customer_is_a_member_from_the_first_event_on(shop, tmp_path):
    take_in(shop, write_events(tmp_path / "day.csv", DAY))

    cem = Membership.objects.get(member__known_to__external_id="cem")
    assert cem.joined_at.isoformat() == "2011-01-10T14:00:00+00:00"
    assert set(balances_of(shop, "2011-01-10T14:00")) == {"ana", "ben"}


def test_the_same_file_again_changes_nothing(shop, tmp_path):
    path = write_events(tmp_path / "day.csv", DAY)
    take_in(shop, path)
    before = Posting.objects.count(), Event.objects.count(), Purchase.objects.count(), Return.objects.count()

    summary, refused = take_in(shop, path)

    assert (summary, refused) == (Summary(known=6), [])
    assert (Posting.objects.count(), Event.objects.count(), Purchase.objects.count(), Return.objects.count()) == before


def test_a_chunk_of_one_comes_to_the_same_as_one_chunk(shop, tmp_path):
    path = write_events(tmp_path / "day.csv", DAY)
    other = open_shop("OTHER")
    take_in(shop, path)

    take_in(other, path, chunk=1)

    assert balances_of(other, "2011-01-11") == balances_of(shop, "2011-01-11")


def test_rows_that_cannot_be_carried_out_are_refused_by_line_and_the_rest_goes_on(shop, tmp_path):
    path = write_events(
        tmp_path / "day.csv",
        [
            event("earn", "1", "100.00"),
            event("return", "C2", "50.00", original="99"),
            event("redeem", "R1", "1000"),
            event("earn", "3", "abc"),
            event("earn", "4", "100.00", customer="a/b"),
            event("return", "C5", "50.00", original="1", customer="ben"),
            event("earn", "6", "100.00", customer="ben"),
        ],
    )

    summary, refused = take_in(shop, path)

    assert [row[:2] for row in sorted(refused)] == [
        (3, "not-found: There is no purchase 99."),
        (4, "insufficient-points: The member has too few points."),
        (5, "amount 'abc' is not a number"),
        (6, "customer_id 'a/b' cannot be a member's number"),
        (7, "not-found: The purchase 1 is another customer's."),
    ]
    assert (summary.purchases, summary.refused) == (2, 5)


def test_a_known_reference_with_another_amount_is_refused(shop, tmp_path):
    take_in(shop, write_events(tmp_path / "day.csv", DAY))

    _, refused = take_in(shop, write_events(tmp_path / "again.csv", [event("earn", "1", "431.00")]))

    assert [(row.line, row.reason.split(":")[0]) for row in refused] == [(2, "idempotency-key-reused")]


def test_more_back_than_was_paid_counts_as_all_of_it(shop, tmp_path):
    rows = [event("earn", "1", "430.00"), event("return", "C2", "900.00", original="1", ts="2011-01-10T13:00:00")]

    summary, refused = take_in(shop, write_events(tmp_path / "day.csv", rows))

    assert refused == []
    assert (summary.earned, summary.reversed) == (20, 20)


def test_a_purchase_of_nothing_earns_nothing_and_can_come_back(shop, tmp_path):
    rows = [event("earn", "1", "0.00"), event("return", "C2", "0.00", original="1", ts="2011-01-10T13:00:00")]

    summary, refused = take_in(shop, write_events(tmp_path / "day.csv", rows))

    assert refused == []
    assert (summary.purchases, summary.returns, summary.earned) == (1, 1, 0)


def test_a_dry_run_writes_nothing(shop, tmp_path):
    summary, refused = take_in(shop, write_events(tmp_path / "day.csv", DAY), dry_run=True)

    assert (summary, refused) == (Summary(purchases=2, returns=3, redemptions=1), [])
    assert (Posting.objects.count(), Membership.objects.count()) == (0, 0)


def test_acts_of_one_customer_keep_their_order_and_those_of_others_are_taken_together():
    def act(kind, customer, reference):
        return Act(kind, None, customer, reference, 1)

    acts = [
        act(EARN, "ana", "1"),
        act(REDEEM, "ana", "R1"),
        act(EARN, "ben", "2"),
        act(EARN, "ana", "3"),
        act(RETURN, "ben", "C2"),
        act(EARN, "ben", "4"),
    ]

    found = [(kind, [act.reference for act in wave]) for kind, wave in waves(acts)]

    assert found == [(EARN, ["1", "2"]), (RETURN, ["C2"]), (REDEEM, ["R1"]), (EARN, ["3", "4"])]
