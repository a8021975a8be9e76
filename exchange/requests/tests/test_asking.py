"""Asking for an exchange: what is set aside, what is answered, and what is refused without a trace."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from exchange.rates.models import Agreement, Bonus
from exchange.rates.tests.pairs import program
from exchange.requests import waking
from exchange.requests.errors import ExchangeBacklog
from exchange.requests.models import DayUsage, Exchange
from exchange.requests.tests.changes import later, new_rate, problem
from ledger.models import Hold
from loyalty import clock
from loyalty.events.models import Event
from programs.membership.models import Program


@pytest.fixture
def leaves_no_trace(db):
    """Of what was refused nothing is there."""
    yield
    assert not Hold.objects.exists()
    assert not Exchange.objects.exists()
    assert not DayUsage.objects.exists()
    assert not Event.objects.filter(type__startswith="exchange.").exists()


class TestAsking:
    def test_points_are_set_aside_and_the_exchange_waits(self, swap, miles, nights, ana):
        answer = swap.exchange(from_amount=101)

        body = answer.json()
        assert answer.status_code == 202
        assert answer["Location"] == f"/api/exchanges/{body['id']}"
        assert body == {
            "id": body["id"],
            "status": "pending",
            "member_id": str(ana.id),
            "from_program_id": str(miles.id),
            "to_program_id": str(nights.id),
            "from_amount": 101,
            "fee": 0,
            "rate": "2.5",
            "to_amount": 252,
            "residue": "0.5",
            "quote_id": None,
            "failure": None,
            "hold_id": body["hold_id"],
            "out_id": None,
            "in_id": None,
            "created_at": body["created_at"],
            "completed_at": None,
        }
        assert swap.balance() == (899, 101)

    def test_it_can_be_polled_and_stands_in_the_list(self, swap, api, bistro_api, ana_client):
        asked = swap.exchange().json()

        assert api.get(f"/api/exchanges/{asked['id']}").json() == asked
        for client in (api, bistro_api, ana_client):
            assert client.get("/api/exchanges").json()["results"] == [asked]

    def test_an_event_tells_of_it(self, swap):
        asked = swap.exchange().json()

        (event,) = Event.objects.filter(type="exchange.requested")
        assert (str(event.aggregate_id), event.sequence) == (asked["id"], 1)
        assert event.data["from_amount"] == 100
        assert event.data["to_amount"] == 250

    def test_a_member_asks_for_themselves(self, swap, ana_client):
        assert swap.exchange(client=ana_client, member_id="me").status_code == 202

    def test_fees_are_of_the_points_given(self, swap, pair):
        new_rate(pair, "2", fee_percent=Decimal("1.5"), fee_points=3)

        body = swap.exchange().json()

        assert (body["fee"], body["to_amount"], body["residue"]) == (5, 190, "0")

    def test_a_bonus_that_runs_comes_on_top(self, swap, pair):
        now = clock.now()
        Bonus.objects.create(
            from_program=pair.from_program, to_program=pair.to_program, name="Summer", percent=Decimal("33.33"),
            starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), actor="test",
        )  # fmt: skip

        body = swap.exchange().json()

        assert (body["rate"], body["to_amount"], body["residue"]) == ("3.33325", 333, "0.325")

    def test_whoever_settles_is_told_of_the_lane_once(self, swap, monkeypatch, django_capture_on_commit_callbacks):
        told = []
        monkeypatch.setattr(waking, "_wakers", [told.append])

        with django_capture_on_commit_callbacks(execute=True):
            swap.exchange()
            swap.exchange()
            assert told == [], "before the commit nobody would find it"

        assert told == [Exchange.objects.get().lane]


class TestSameKey:
    def test_the_same_request_again_gets_the_first_answer(self, swap, pair):
        first = swap.exchange()
        new_rate(pair, "9")

        again = swap.exchange()

        assert (again.status_code, again.json()) == (202, first.json())
        assert again["Idempotent-Replayed"] == "true"
        assert swap.balance() == (900, 100)

    def test_the_first_answer_is_given_again_whatever_has_become_of_it(self, swap, api):
        first = swap.exchange().json()
        api.post(f"/api/exchanges/{first['id']}/cancel")

        assert swap.exchange().json() == first

    @pytest.mark.parametrize(
        "change",
        [
            lambda pair: Agreement.objects.filter(id=pair.id).update(status="ended"),
            lambda pair: new_rate(pair, "1", is_open=False),
            lambda pair: new_rate(pair, "1", from_min=500),
            lambda pair: Program.objects.filter(id=pair.from_program_id).update(status="paused"),
            lambda pair: Program.objects.filter(id=pair.to_program_id).update(status="archived"),
        ],
    )
    def test_a_key_is_answered_before_anything_that_changed_since(self, swap, pair, change):
        first = swap.exchange().json()
        change(pair)

        assert swap.exchange().json() == first

    def test_a_key_is_answered_after_its_quote_ran_out(self, swap, monkeypatch):
        quote_id = swap.quote().json()["id"]
        first = swap.exchange(quote_id=quote_id).json()
        later(monkeypatch, hours=1)

        assert swap.exchange(quote_id=quote_id).json() == first

    @pytest.mark.parametrize("other", [{"from_amount": 101}, {"quote_id": str(uuid4())}])
    def test_another_request_with_the_key_is_refused(self, swap, other):
        swap.exchange()

        assert problem(swap.exchange(**other))[:2] == (422, "idempotency-key-reused")
        assert swap.balance() == (900, 100)

    def test_another_request_with_the_key_is_refused_after_the_pair_ended(self, swap, pair):
        swap.exchange()
        Agreement.objects.filter(id=pair.id).update(status="ended")

        assert problem(swap.exchange(from_amount=101))[:2] == (422, "idempotency-key-reused")

    def test_a_key_that_moved_points_otherwise_is_refused(self, swap, api):
        api.post("/api/members/ana/redeem", {"program_id": "MILES", "points": 1, "idempotency_key": "k"})

        assert problem(swap.exchange())[:2] == (422, "idempotency-key-reused")

    def test_without_a_key_it_is_refused(self, api, swap):
        assert problem(api.post("/api/exchanges", swap.sides()))[:2] == (400, "idempotency-key-required")


@pytest.mark.usefixtures("leaves_no_trace")
class TestRefusals:
    def test_too_few_points(self, swap):
        answer = swap.exchange(from_amount=1001)

        assert problem(answer)[:2] == (422, "insufficient-points")
        assert (answer.json()["available"], answer.json()["requested"]) == (1000, 1001)

    def test_too_few_points_where_the_day_is_limited(self, swap, pair):
        new_rate(pair, "1", member_daily_max=5000, pair_daily_max=5000)

        assert problem(swap.exchange(from_amount=1001))[:2] == (422, "insufficient-points")

    @pytest.mark.parametrize(
        ("terms", "code"),
        [
            ({"from_min": 101}, "exchange-below-min"),
            ({"from_max": 99}, "exchange-above-max"),
            ({"from_step": 30}, "exchange-not-in-steps"),
            ({"fee_points": 100}, "exchange-too-small"),
        ],
    )
    def test_amounts_that_the_rate_does_not_take(self, swap, pair, terms, code):
        new_rate(pair, "1", **terms)

        assert problem(swap.exchange())[1] == problem(swap.quote())[1] == code

    def test_a_pair_that_is_closed(self, swap, pair):
        new_rate(pair, "1", is_open=False)

        for answer in (swap.exchange(), swap.quote()):
            assert problem(answer) == (409, "pair-not-open", "/to_program_id")

    def test_a_program_to_which_no_pair_leads(self, swap, cafe, bistro):
        program(cafe, "OURS")
        program(bistro, "THEIRS")

        for ask in (swap.exchange, swap.quote):
            assert problem(ask(to_program_id="OURS")) == (409, "pair-not-open", "/to_program_id")
            assert problem(ask(to_program_id="THEIRS")) == (404, "not-found", "/to_program_id")
            assert problem(ask(to_program_id="NOWHERE")) == (404, "not-found", "/to_program_id")
            assert problem(ask(from_program_id="THEIRS")) == (404, "not-found", "/from_program_id")
            assert problem(ask(member_id="nobody")) == (404, "not-found", "/member_id")

    @pytest.mark.parametrize(("side", "pointer"), [("MILES", None), ("NIGHTS", "/to_program_id")])
    def test_a_program_that_rests(self, swap, side, pointer):
        Program.objects.filter(code=side).update(status="paused")

        for answer in (swap.exchange(), swap.quote()):
            assert problem(answer) == (409, "program-not-active", pointer)

    @pytest.mark.parametrize(("side", "pointer"), [("MILES", None), ("NIGHTS", "/to_program_id")])
    @pytest.mark.parametrize("status", ["suspended", "closed"])
    def test_a_membership_that_rests_or_ended(self, swap, side, pointer, status):
        membership = swap.memberships[side]
        membership.status = status
        membership.save()

        for answer in (swap.exchange(), swap.quote()):
            assert problem(answer) == (409, f"membership-{status}", pointer)

    def test_a_member_who_does_not_take_part(self, swap, api, ben, nights, miles):
        for answer in (swap.exchange(member_id="ben"), swap.quote(member_id="ben")):
            assert problem(answer) == (409, "membership-required", None)

    def test_a_member_who_does_not_take_part_in_the_other_program(self, swap, nights):
        swap.memberships["NIGHTS"].delete()

        for answer in (swap.exchange(), swap.quote()):
            assert problem(answer) == (409, "membership-required", "/to_program_id")

    def test_a_brand_cannot_give_away_points_of_another(self, swap, bistro_api):
        for ask in (swap.exchange, swap.quote):
            assert problem(ask(client=bistro_api, member_id="ana-at-bistro"))[:2] == (404, "not-found")

    def test_a_key_without_the_scope(self, swap, key_with):
        for ask in (swap.exchange, swap.quote):
            assert problem(ask(client=key_with("read", "redeem")))[:2] == (403, "scope-missing")

    def test_a_backlog(self, swap, monkeypatch):
        def too_many():
            raise ExchangeBacklog(retry_after=7)

        monkeypatch.setattr(waking, "_guards", [too_many])

        answer = swap.exchange()

        assert problem(answer)[:2] == (503, "exchange-backlog")
        assert answer["Retry-After"] == "7"

    @pytest.mark.parametrize("amount", [0, -1, 1.5, "100", True, None, 10**20])
    def test_amounts_that_are_none(self, swap, amount):
        assert swap.exchange(from_amount=amount).status_code == 400
        assert swap.quote(from_amount=amount).status_code == 400

    def test_points_that_changed_hands_too_often(self, swap, api, miles):
        from exchange.gifts.models import TransferPolicy
        from ledger.models import Lot

        TransferPolicy.objects.create(program=miles, exchange_hops_max=2)
        Lot.objects.update(hops=2)

        assert problem(swap.exchange())[:2] == (422, "hop-limit")


class TestBacklog:
    def test_a_key_that_came_before_is_answered_while_too_many_wait(self, swap, monkeypatch):
        first = swap.exchange().json()

        def too_many():
            raise ExchangeBacklog(retry_after=7)

        monkeypatch.setattr(waking, "_guards", [too_many])

        assert swap.exchange().json() == first
