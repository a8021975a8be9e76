"""GET /api/events: the log, page by page, for each brand its own."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import transaction

from loyalty import clock
from loyalty.delivery.log.selectors import cursor_of
from loyalty.events import log
from loyalty.events.models import Event
from loyalty.ids import uuid7
from loyalty.testing.log import settle_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(cafe, bistro):
    """Writes events of the types given, of the café unless told otherwise; answers them."""

    def write(*types: str, brand=cafe, **about) -> list[Event]:
        with transaction.atomic():
            events = [
                log.record(type, brand_id=brand and brand.id, aggregate_id=uuid7(), data={"actor": "test"}, **about)
                for type in types
            ]
        settle_log()
        return events

    return write


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [event["id"] for event in answer.json()["results"]]


def next_of(answer) -> str:
    parts = urlsplit(answer.json()["next"])
    return f"{parts.path}?{parts.query}"


def at(events) -> str:
    """The place in the log before these events."""
    return f"after={cursor_of(events[0].id - 1)}"


def test_the_oldest_event_comes_first_and_each_as_it_is_told_to_all(api, written):
    events = written("member.created", "brand.updated")

    answer = api.get(f"/api/events?{at(events)}")

    assert ids(answer) == [str(event.event_id) for event in events]
    assert answer.json()["results"][1] == {
        "id": str(events[1].event_id),
        "type": "brand.updated",
        "version": 1,
        "timestamp": answer.json()["results"][1]["timestamp"],
        "recorded_at": answer.json()["results"][1]["recorded_at"],
        "brand_id": str(events[1].brand_id),
        "aggregate_id": str(events[1].aggregate_id),
        "sequence": 1,
        "member_id": None,
        "program_id": None,
        "data": {"actor": "test"},
    }


def test_pages_follow_on_each_other_and_the_last_goes_on_with_what_comes_later(api, written):
    events = written("member.created", "member.updated", "brand.updated")
    first = api.get(f"/api/events?page_size=2&{at(events)}")
    second = api.get(next_of(first))
    third = api.get(next_of(second))
    later = written("key.created")

    fourth = api.get(next_of(third))

    told = [str(event.event_id) for event in events]
    assert [ids(first), ids(second), ids(third)] == [told[:2], told[2:], []]
    assert ids(fourth) == [str(later[0].event_id)]


def test_whoever_names_the_last_event_goes_on_after_it(api, written):
    events = written("member.created", "member.updated")

    assert ids(api.get(f"/api/events?after={events[0].event_id}")) == [str(events[1].event_id)]


def test_types_may_be_several_and_take_in_many(api, written):
    created, changed, other = written("member.created", "member.updated", "brand.updated")
    begin = at([created])

    assert ids(api.get(f"/api/events?type=member.*&{begin}")) == [str(created.event_id), str(changed.event_id)]
    assert ids(api.get(f"/api/events?type=member.created&type=brand.*&{begin}")) == [
        str(created.event_id),
        str(other.event_id),
    ]
    assert len(ids(api.get(f"/api/events?type=*&{begin}"))) == 3


@pytest.mark.parametrize("pattern", ["vouchr.*", "member", "member.%25", "*.created", ""])
def test_a_type_that_there_is_not_is_refused(api, pattern):
    answer = api.get(f"/api/events?type={pattern}")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].startswith("/type")


def test_events_of_another_brand_and_of_none_are_not_told(api, bistro_api, operator_client, bistro, written):
    own, theirs, _nobodys = (
        written("member.created") + written("member.created", brand=bistro) + written("session.confirmed", brand=None)
    )
    begin = at([own])

    assert ids(api.get(f"/api/events?{begin}")) == [str(own.event_id)]
    assert ids(bistro_api.get(f"/api/events?{begin}")) == [str(theirs.event_id)]
    assert ids(operator_client.get(f"/api/events?{begin}")) == [str(own.event_id), str(theirs.event_id)]
    assert api.get(f"/api/events?after={theirs.event_id}").status_code == 400


def test_a_member_a_program_and_an_aggregate_are_asked_for_by_their_names(api, ana, beans, cafe, written):
    (about,) = written("membership.created", member_id=ana.id, program_id=beans.id)
    written("membership.created")
    begin = at([about])

    for named in (
        f"member_id={ana.id}",
        "member_id=ana",
        f"program_id={beans.id}",
        f"program_id={beans.code}",
        f"aggregate_id={about.aggregate_id}",
    ):
        assert ids(api.get(f"/api/events?{named}&{begin}")) == [str(about.event_id)], named


def test_a_member_or_program_of_another_brand_is_not_there(bistro_api, ana, beans, bistro):
    assert bistro_api.get(f"/api/events?member_id={ana.id}").status_code == 404
    assert bistro_api.get(f"/api/events?program_id={beans.id}").status_code == 404


def test_times_bound_what_is_told(api, written):
    before, _within = written("member.created", "member.updated")
    begin = at([before])
    hour = timedelta(hours=1)
    now = clock.now()

    def asked(**bounds):
        text = "&".join(f"{name}={moment.isoformat().replace('+', '%2B')}" for name, moment in bounds.items())
        return len(ids(api.get(f"/api/events?{begin}&{text}")))

    assert asked(since=now - hour, until=now + hour) == 2
    assert asked(since=now + hour) == 0
    assert asked(until=now - hour) == 0


@pytest.mark.parametrize(
    "after", ["x", "ZXh5", "%00", "ZTk5OTk5OTk5OTk5OTk5OTk5OTk", "01a20173-cd47-71d7-8b3c-3782f3e418cb"]
)
def test_a_cursor_that_is_none_is_refused(api, after):
    answer = api.get(f"/api/events?after={after}")

    assert (answer.status_code, answer.json()["code"]) == (400, "validation-error")


def test_members_do_not_read_the_log_and_a_key_needs_the_scope(ana_client, barista_client, client):
    assert ana_client.get("/api/events").status_code == 403
    assert client.get("/api/events").status_code == 401
    assert barista_client.get("/api/events").status_code == 200


def test_a_page_costs_as_many_questions_whatever_is_on_it(api, written, django_assert_num_queries):
    events = written(*["member.created"] * 30)
    api.get("/api/health")
    api.get("/api/events?page_size=1")

    with django_assert_num_queries(3):
        assert len(ids(api.get(f"/api/events?{at(events)}"))) == 30
