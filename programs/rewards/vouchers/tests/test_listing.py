"""The list of vouchers: whose they are, and what the filters keep."""

from datetime import timedelta

import pytest

from loyalty import clock
from loyalty.identity.models import Location
from programs.rewards.models import Voucher
from programs.rewards.vouchers.codes import shown


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_members_see_their_own_and_the_brand_all(issued, ana, ben, ana_client, api, bistro_api):
    own, other, nobodys = issued("personal", member=ana), issued("personal", member=ben), issued()

    assert ids(ana_client.get("/api/vouchers")) == [str(own.pk)]
    assert set(ids(api.get("/api/vouchers"))) == {str(one.pk) for one in (own, other, nobodys)}
    assert ids(bistro_api.get("/api/vouchers")) == []


def test_the_status_is_as_it_is_read(api, issued, ana):
    now = clock.now()
    open_, past = issued(expires_at=now + timedelta(days=1)), issued(expires_at=now)
    swept, claimed = issued(expires_at=now), issued("personal", member=ana, status="claimed")
    Voucher.objects.filter(pk=swept.pk).update(status="expired")

    found = {status: set(ids(api.get(f"/api/vouchers?status={status}"))) for status in ("issued", "expired", "claimed")}

    assert found == {
        "issued": {str(open_.pk)},
        "expired": {str(past.pk), str(swept.pk)},
        "claimed": {str(claimed.pk)},
    }
    assert {one["status"] for one in api.get("/api/vouchers?status=expired").json()["results"]} == {"expired"}


@pytest.mark.parametrize("by", ["canal", "id"])
def test_a_location_keeps_what_can_be_redeemed_there(api, issued, canal, square, by):
    anywhere, here = issued(), issued(terms={"locations": ["canal", "harbour"]})
    empty = issued(terms={"locations": []})
    issued(terms={"locations": ["square"]})

    found = ids(api.get(f"/api/vouchers?location_id={canal.pk if by == 'id' else by}"))

    assert set(found) == {str(one.pk) for one in (anywhere, here, empty)}


def test_a_location_of_another_brand_is_not_there(api, bistro, issued):
    Location.objects.create(brand=bistro, code="terrace", name="Terrace")

    answer = api.get("/api/vouchers?location_id=terrace")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "unknown-location")


def test_the_other_filters(api, issued, ana, beans):
    gift = issued("gift", value_minor=100, terms={"kind": "gift_card"})
    own = issued("personal", member=ana)

    assert ids(api.get("/api/vouchers?kind=gift")) == [str(gift.pk)]
    assert ids(api.get("/api/vouchers?member_id=ana")) == [str(own.pk)]
    assert ids(api.get(f"/api/vouchers?code={shown(own.code).lower()}")) == [str(own.pk)]
    assert ids(api.get("/api/vouchers?program_id=BEANS")) == [str(own.pk), str(gift.pk)]
    assert api.get("/api/vouchers?program_id=NOWHERE").status_code == 404


def test_the_list_goes_on_where_the_page_ended(api, issued):
    made = [str(issued().pk) for _ in range(5)]

    first = api.get("/api/vouchers?page_size=3").json()
    rest = api.get(first["next"]).json()

    assert [one["id"] for one in first["results"] + rest["results"]] == made[::-1]
    assert rest["next"] is None
