"""What members do that is no purchase: told by other systems it earns by rules, once."""

import pytest

from loyalty import clock
from programs.activity.models import MemberEvent
from programs.activity.tests.ruled import fixed, leaf, limit, rule, rule_by
from programs.activity.tests.tills import available, earn, fresh, pointers, refusal
from programs.activity.tests.together import all_at_once
from programs.earning.models import EventType
from programs.membership.models import Program

pytestmark = pytest.mark.django_db
FIELDS = {"text_length": "integer", "verified_purchase": "boolean"}


@pytest.fixture
def reviews(cafe, beans):
    EventType.objects.create(brand=cafe, name="review.written", fields=FIELDS)
    long = leaf("event.text_length", "greaterThanInclusive", 50)
    verified = leaf("event.verified_purchase", "equal", True)
    rule_by(
        beans,
        rule(
            "review", fixed(20), trigger="event:review.written", group="bonus", conditions={"all": [long, verified]},
            limits=[limit("member", "month", times=3)],
        ),
    )  # fmt: skip


def tell(api, *, length: int = 60, **more):
    told = {
        "specversion": "1.0", "id": fresh("review"), "source": "/reviews", "type": "review.written", "subject": "ana",
        "data": {"text_length": length, "verified_purchase": True, "stars": 5},
    }  # fmt: skip
    return api.post("/api/events", told | more)


def given(api, **more) -> int:
    answer = tell(api, **more)
    assert answer.status_code == 201, answer.content
    (transaction,) = answer.json()["transactions"]
    return transaction["points"]


def test_a_review_earns_three_times_a_month(api, reviews, ana_beans):
    assert [given(api), given(api, length=49), given(api), given(api), given(api)] == [20, 0, 20, 20, 0]
    assert available(api) == 60


def test_told_twice_it_counts_once(api, reviews, ana_beans):
    first, again = (tell(api, id="same") for _ in range(2))

    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert (available(api), MemberEvent.objects.count()) == (20, 1)


@pytest.mark.django_db(transaction=True)
def test_told_many_times_at_the_same_moment_it_counts_once(api, reviews, ana_beans):
    answers = all_at_once(10, lambda n: tell(api, id="same"))

    assert {answer.status_code for answer in answers} == {201}
    assert (available(api), MemberEvent.objects.count()) == (20, 1)


def test_what_gives_nothing_is_written_down_too(api, cafe, ana_beans):
    EventType.objects.create(brand=cafe, name="cart.left", fields={})

    assert given(api, type="cart.left") == 0
    assert MemberEvent.objects.get().type == "cart.left"


def test_mistakes_are_told_at_their_places(api, reviews, ana_beans):
    wrong = {"text_length": "long", "verified_purchase": 1}

    answer = tell(api, data=wrong)

    # It is kept, for somebody to mend: the system that sent it may not be able to.
    assert (answer.status_code, answer.json()["status"]) == (202, "failed")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/data/text_length", "/data/verified_purchase"]
    assert pointers(tell(api, specversion="0.3", type="member.birthday")) == ["/specversion"]
    assert pointers(tell(api, type="member.birthday")) == ["/type"]


def test_nobody_tells_of_strangers(api, bistro_api, reviews, ana_beans):
    assert refusal(tell(bistro_api, programid="BEANS"))[0] == 404


def test_of_whom_nobody_knows_yet_it_waits(api, reviews, ana_beans):
    answer = tell(api, subject="nobody")

    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert (answer.json()["transactions"], MemberEvent.objects.count()) == ([], 0)


def test_it_is_explained(api, reviews, ana_beans):
    (transaction,) = tell(api, length=10).json()["transactions"]

    (told,) = api.get(f"/api/transactions/{transaction['id']}/explanation").json()["rules"]

    assert not told["fired"]
    assert [(one["label"], one["held"], one["actual"]) for one in told["conditions"]["conditions"]] == [
        ("Text length", False, "10"), ("Verified purchase", True, "yes"),
    ]  # fmt: skip


def test_events_are_no_orders(api, reviews, beans, ana_beans):
    tell(api)

    rule_by(beans, rule("first", fixed(200), conditions=leaf("member.orders_before", "equal", 0)))

    assert earn(api)["points"] == 200
    assert clock.now() >= MemberEvent.objects.get().recorded_at


def test_points_wait_for_the_goods(api, beans, ana_beans):
    Program.objects.filter(pk=beans.pk).update(pending_until="order.delivered")
    earn(api, "40.00", reference="order-1")
    assert available(api) == 0

    assert given(api, type="order.delivered", data={"reference": "order-1"}) == 0

    assert available(api) == 40
