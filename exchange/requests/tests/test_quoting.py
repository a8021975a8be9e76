"""Quotes hold for one exchange and not for long; a day takes so many points."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from exchange.requests.jobs import forget_quotes
from exchange.requests.models import DayUsage, Quote
from exchange.requests.tests.changes import new_rate, problem
from loyalty import clock
from programs.membership.models import Program


class TestDailyLimits:
    @pytest.mark.parametrize(("limit", "whose"), [("member_daily_max", "member"), ("pair_daily_max", "pair")])
    def test_a_day_takes_so_many_points(self, swap, pair, limit, whose):
        new_rate(pair, "1", **{limit: 250})

        answers = [swap.exchange(key) for key in ("a", "b", "c")]

        assert [answer.status_code for answer in answers] == [202, 202, 422]
        assert problem(answers[2])[1] == "daily-limit"
        assert (answers[2].json()["limit"], answers[2].json()["daily_max"]) == (whose, 250)
        assert swap.exchange("d", from_amount=50).status_code == 202
        assert DayUsage.objects.get().points == 250
        assert swap.balance() == (750, 250)

    def test_a_limit_of_all_leaves_the_members_day_as_it_was(self, swap, pair):
        new_rate(pair, "1", member_daily_max=500, pair_daily_max=150)
        swap.exchange("a")

        assert problem(swap.exchange("b"))[1] == "daily-limit"
        assert sorted(DayUsage.objects.values_list("points", flat=True)) == [100, 100]

    def test_the_day_is_that_of_the_program_that_points_leave(self, swap, pair, miles, monkeypatch):
        Program.objects.filter(id=miles.id).update(timezone="Pacific/Auckland")
        new_rate(pair, "1", member_daily_max=100)
        at = clock.now().replace(hour=11, minute=59, second=0) + timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: at)

        swap.exchange()

        assert DayUsage.objects.get().day == (at + timedelta(hours=12 if at.month in range(4, 10) else 13)).date()

    def test_a_cancelled_exchange_gives_its_day_back(self, swap, pair, api):
        new_rate(pair, "1", member_daily_max=100, pair_daily_max=100)
        first = swap.exchange("a").json()["id"]
        api.post(f"/api/exchanges/{first}/cancel")

        assert swap.exchange("b").status_code == 202


class TestQuotes:
    def test_a_quote_says_what_comes_out_and_how_long_it_holds(self, swap, ana, miles, nights):
        answer = swap.quote(from_amount=101)

        body = answer.json()
        assert answer.status_code == 201
        assert body == {
            "id": body["id"],
            "member_id": str(ana.id),
            "from_program_id": str(miles.id),
            "to_program_id": str(nights.id),
            "from_amount": 101,
            "fee": 0,
            "rate": "2.5",
            "to_amount": 252,
            "residue": "0.5",
            "expires_at": body["expires_at"],
            "created_at": body["created_at"],
        }
        row = Quote.objects.get()
        assert row.expires_at - row.created_at == timedelta(seconds=120)
        assert swap.balance() == (1000, 0)

    def test_the_quoted_amounts_hold_whatever_becomes_of_the_rate(self, swap, pair):
        quoted = swap.quote().json()
        new_rate(pair, "0.1", fee_points=50)

        body = swap.exchange(quote_id=quoted["id"]).json()

        for name in ("rate", "to_amount", "fee", "residue"):
            assert body[name] == quoted[name]
        assert body["quote_id"] == quoted["id"]

    def test_a_quote_is_for_one_exchange(self, swap):
        quote_id = swap.quote().json()["id"]
        swap.exchange("a", quote_id=quote_id)

        assert problem(swap.exchange("b", quote_id=quote_id)) == (409, "quote-used", "/quote_id")
        assert swap.balance() == (900, 100)

    def test_a_quote_whose_exchange_was_refused_is_not_used(self, swap, api):
        quote_id = swap.quote(from_amount=1000).json()["id"]
        api.post("/api/members/ana/redeem", {"program_id": "MILES", "points": 1, "idempotency_key": "r"})
        assert problem(swap.exchange("a", from_amount=1000, quote_id=quote_id))[1] == "insufficient-points"
        api.post("/api/members/ana/deposit", {"program_id": "MILES", "amount": 1}, HTTP_IDEMPOTENCY_KEY="more")

        assert swap.exchange("b", from_amount=1000, quote_id=quote_id).status_code == 202

    @pytest.mark.parametrize(("seconds", "status"), [(119, 202), (120, 409)])
    def test_a_quote_holds_until_it_expires_and_no_longer(self, swap, seconds, status, monkeypatch):
        quote_id = swap.quote().json()["id"]
        at = Quote.objects.get().created_at + timedelta(seconds=seconds)
        monkeypatch.setattr(clock, "now", lambda: at)

        answer = swap.exchange(quote_id=quote_id)

        assert answer.status_code == status
        if status == 409:
            assert problem(answer)[1] == "quote-expired"

    def test_a_quote_of_another_amount_is_not_taken(self, swap):
        quote_id = swap.quote().json()["id"]

        assert problem(swap.exchange(from_amount=99, quote_id=quote_id)) == (422, "quote-mismatch", "/quote_id")

    def test_a_quote_of_somebody_else_is_not_there(self, swap, ben):
        quote_id = swap.quote().json()["id"]
        Quote.objects.filter(id=quote_id).update(member=ben)

        for unknown in (quote_id, str(uuid4())):
            assert problem(swap.exchange(quote_id=unknown)) == (404, "not-found", "/quote_id")

    def test_a_pair_that_was_closed_takes_no_quotes_any_more(self, swap, pair):
        quote_id = swap.quote().json()["id"]
        new_rate(pair, "2.5", is_open=False)

        assert problem(swap.exchange(quote_id=quote_id))[:2] == (409, "pair-not-open")

    def test_quotes_that_nobody_took_are_thrown_away(self, swap):
        used, unused, fresh = (swap.quote().json()["id"] for _ in range(3))
        swap.exchange(quote_id=used)
        old = clock.now() - timedelta(days=8)
        Quote.objects.filter(id__in=[used, unused]).update(expires_at=old)

        assert [forget_quotes(before=clock.now() - timedelta(days=7)) for _ in range(2)] == [1, 0]
        assert set(Quote.objects.values_list("id", flat=True)) == {UUID(used), UUID(fresh)}
