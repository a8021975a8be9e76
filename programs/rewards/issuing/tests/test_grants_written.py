"""What rules give that is no points lies in an outbox, written with what earned it."""

import pytest

from programs.activity.tests.ruled import fixed, rule, rule_by
from programs.activity.tests.tills import earn
from programs.earning.models import EventType
from programs.rewards.issuing.models import Grant

pytestmark = pytest.mark.django_db
MUG = {"type": "reward.grant", "reward": "mug"}
STAMPS = {"type": "stamp.add", "card": "coffee", "count": 2}
BADGE = {"type": "badge.award", "badge": "early"}


@pytest.fixture
def giving(beans):
    """A mug, a badge and two stamps with each order; a mug with each review."""
    EventType.objects.create(brand=beans.brand, name="review.written", fields={})
    rule_by(
        beans,
        rule("gifts", fixed(5), MUG, BADGE, STAMPS),
        rule("review", MUG, trigger="event:review.written"),
    )
    return beans


def written() -> list[tuple]:
    return list(Grant.objects.order_by("id").values_list("number", "kind", "code", "count", "rule", "asked", "done"))


def test_a_purchase_leaves_what_its_rules_give_beside_points(api, giving, ana, ana_beans):
    bought = earn(api, "9.99")

    assert written() == [
        (0, "reward", "mug", 1, "gifts", 1, 0),
        (1, "badge", "early", 1, "gifts", 1, 0),
        (2, "stamps", "coffee", 2, "gifts", 1, 0),
    ]
    grant = Grant.objects.first()
    assert (str(grant.source_id), grant.member_id, grant.program_id) == (bought["id"], ana.id, giving.id)


def test_told_again_it_leaves_nothing_more(api, giving, ana_beans):
    for _ in range(2):
        earn(api, "9.99", reference="same")

    assert len(written()) == 3


def test_so_does_an_event_and_a_purchase_among_many(api, giving, ana_beans):
    told = {"specversion": "1.0", "id": "1", "source": "/x", "type": "review.written", "subject": "ana", "data": {}}
    assert api.post("/api/events", told).status_code == 201
    many = [
        {"member_id": "ana", "program_id": "BEANS", "amount": "1.00", "currency": "EUR", "reference": f"b{n}"}
        for n in range(3)
    ]
    assert api.post("/api/transactions/accrue/batch", {"transactions": many}).status_code == 200

    assert [row[1:5] for row in written()].count(("reward", "mug", 1, "review")) == 1
    assert (len(written()), Grant.objects.values("source_id").distinct().count()) == (10, 4)


def test_where_rules_give_points_alone_nothing_is_left(api, beans, ana_beans):
    rule_by(beans, rule("plain", fixed(5)))
    earn(api, "9.99")

    assert written() == []


def test_what_comes_back_asks_for_it_again(api, giving, ana_beans):
    first, second = earn(api, "9.99"), earn(api, "9.99")
    back = api.post(f"/api/transactions/{first['id']}/return", {"reference": "r1", "amount": "1.00"})
    undone = api.post(f"/api/transactions/{second['id']}/reverse", {"reason": "no"}, HTTP_IDEMPOTENCY_KEY="u")

    assert (back.status_code, undone.status_code) == (201, 201)
    assert list(Grant.objects.order_by("id").values_list("asked", flat=True)) == [2] * 6
