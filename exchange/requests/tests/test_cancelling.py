"""An exchange is taken back while it is pending, and its points are nobody else's until then."""

import pytest

from exchange.requests.models import Exchange, ExchangeStep
from exchange.requests.tests.changes import problem
from exchange.settling.settling import settle_lane
from loyalty.events.models import Event
from loyalty.roles import SCOPES


class TestCancelling:
    def test_the_points_go_back_and_the_exchange_is_cancelled(self, swap, api):
        asked = swap.exchange().json()

        answer = api.post(f"/api/exchanges/{asked['id']}/cancel")

        body = answer.json()
        assert answer.status_code == 200
        assert body == asked | {"status": "cancelled", "completed_at": body["completed_at"]}
        assert body["completed_at"]
        assert api.get(f"/api/exchanges/{asked['id']}").json() == body
        assert swap.balance() == (1000, 0)
        assert Event.objects.filter(type="exchange.cancelled", aggregate_id=asked["id"], sequence=2).count() == 1
        assert ExchangeStep.objects.get().name == "cancelled"

    def test_a_member_takes_back_their_own(self, swap, ana_client):
        asked = swap.exchange().json()

        assert ana_client.post(f"/api/exchanges/{asked['id']}/cancel").status_code == 200

    def test_it_is_cancelled_once(self, swap, api):
        asked = swap.exchange().json()
        api.post(f"/api/exchanges/{asked['id']}/cancel")

        assert problem(api.post(f"/api/exchanges/{asked['id']}/cancel"))[:2] == (409, "exchange-not-pending")
        assert swap.balance() == (1000, 0)

    def test_with_a_key_the_first_answer_is_given_again(self, swap, api):
        asked = swap.exchange().json()
        first, again = (api.post(f"/api/exchanges/{asked['id']}/cancel", {"idempotency_key": "c"}) for _ in range(2))

        assert (again.status_code, again.json()) == (200, first.json())

    def test_what_was_settled_stays_so(self, swap, api):
        asked = swap.exchange().json()
        settle_lane(Exchange.objects.get().lane)

        assert problem(api.post(f"/api/exchanges/{asked['id']}/cancel"))[:2] == (409, "exchange-not-pending")
        assert api.get(f"/api/exchanges/{asked['id']}").json()["status"] == "completed"
        assert swap.balance() == (900, 0)

    def test_what_is_being_settled_is_not_taken_back(self, swap, api):
        asked = swap.exchange().json()
        Exchange.objects.update(status="processing")

        assert problem(api.post(f"/api/exchanges/{asked['id']}/cancel"))[:2] == (409, "exchange-not-pending")
        assert swap.balance() == (900, 100)

    def test_the_brand_that_gets_the_member_sees_it_and_cannot_take_it_back(self, swap, bistro_api):
        asked = swap.exchange().json()

        assert bistro_api.get(f"/api/exchanges/{asked['id']}").status_code == 200
        assert bistro_api.post(f"/api/exchanges/{asked['id']}/cancel").status_code in (403, 404)
        assert swap.balance() == (900, 100)

    def test_strangers_do_not_see_it(self, swap, as_person, ben, key_with, django_db_blocker):
        asked = swap.exchange().json()
        stranger = as_person(ben.person)

        assert stranger.get(f"/api/exchanges/{asked['id']}").status_code == 404
        assert stranger.post(f"/api/exchanges/{asked['id']}/cancel").status_code == 404
        assert stranger.get("/api/exchanges").json()["results"] == []
        assert key_with(*(set(SCOPES) - {"exchange"})).post(f"/api/exchanges/{asked['id']}/cancel").status_code == 403

    @pytest.mark.parametrize("ref", ["019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d91", "nothing"])
    def test_one_that_is_not_there(self, api, ref):
        assert api.get(f"/api/exchanges/{ref}").status_code == 404
        assert api.post(f"/api/exchanges/{ref}/cancel").status_code == 404


class TestBoundHolds:
    @pytest.mark.parametrize("act", ["capture", "release"])
    def test_the_hold_is_the_exchanges(self, swap, api, act):
        hold_id = swap.exchange().json()["hold_id"]

        answer = api.post(f"/api/holds/{hold_id}/{act}", {"idempotency_key": "h"})

        assert problem(answer)[:2] == (409, "hold-bound")
        assert answer.json()["held_for"] == "exchange"
        assert swap.balance() == (900, 100)

    @pytest.mark.parametrize("act", ["reverse", "return"])
    def test_the_transaction_that_set_points_aside_is_not_undone(self, swap, api, act):
        hold_id = swap.exchange().json()["hold_id"]
        body = {"reason": "no"} if act == "reverse" else {"reference": "r"}

        answer = api.post(f"/api/transactions/{hold_id}/{act}", body, HTTP_IDEMPOTENCY_KEY="h")

        assert answer.status_code in (404, 409)
        assert swap.balance() == (900, 100)

    def test_other_holds_go_on_as_before(self, swap, api):
        body = {"program_id": "MILES", "points": 10, "idempotency_key": "own"}
        hold_id = api.post("/api/members/ana/holds", body).json()["id"]

        assert api.post(f"/api/holds/{hold_id}/release", {"idempotency_key": "h"}).status_code == 200


class TestListing:
    def test_each_filter_keeps_what_it_names(self, swap, api, ben):
        first, second = (swap.exchange(key).json()["id"] for key in ("a", "b"))
        api.post(f"/api/exchanges/{first}/cancel")

        def found(query):
            return [row["id"] for row in api.get(f"/api/exchanges?{query}").json()["results"]]

        assert found("") == found("member_id=ana") == found("from_program_id=MILES") == [second, first]
        assert found("to_program_id=NIGHTS&from_program_id=MILES") == [second, first]
        assert found("status=cancelled") == [first]
        assert found("status=pending&member_id=ana") == [second]
        assert found("member_id=ben") == found("to_program_id=MILES") == found("from_program_id=NOWHERE") == []
        assert api.get("/api/exchanges?status=lost").status_code == 400

    def test_pages_follow_each_other(self, swap, api):
        asked = [swap.exchange(f"k{n}", from_amount=10).json()["id"] for n in range(3)]
        page = api.get("/api/exchanges?page_size=2").json()

        rest = api.get(page["next"]).json()

        assert [row["id"] for row in page["results"] + rest["results"]] == asked[::-1]
        assert rest["next"] is None
