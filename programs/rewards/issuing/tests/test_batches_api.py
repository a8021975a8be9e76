"""Batches through the API: how far they are, their codes as a file, and taking them out of use."""

import csv
from io import StringIO

import pytest

from loyalty.events.models import Event
from programs.activity.tests.tills import refusal
from programs.rewards.issuing.batches import BatchRequest, fill_batch, fill_chunk, make_batch
from programs.rewards.models import Voucher

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(beans, coffee):
    """Five codes of which one was used."""
    made = fill_batch(make_batch(beans, BatchRequest(count=5, name="Spring", reward=coffee), actor="system:x"))
    used = Voucher.objects.filter(batch=made).first()
    Voucher.objects.filter(pk=used.pk).update(status="redeemed", uses=1)
    return made


def test_a_batch_tells_how_far_it_is(api, beans, coffee):
    batch = make_batch(beans, BatchRequest(count=5, name="Spring", reward=coffee), actor="system:x")
    fill_chunk(batch.pk, most=2)

    told = api.get(f"/api/voucher-batches/{batch.pk}").json()

    assert (told["count"], told["made"], told["status"], told["name"], told["reward_id"]) == (
        5, 2, "waiting", "Spring", str(coffee.pk),
    )  # fmt: skip
    assert told["vouchers"] == {"issued": 2, "claimed": 0, "redeemed": 0, "expired": 0, "disabled": 0}


def test_batches_are_listed_newest_first(api, batch, beans):
    other = make_batch(beans, BatchRequest(count=1), actor="system:x")

    listed = api.get("/api/voucher-batches?program_id=BEANS").json()["results"]

    assert [one["id"] for one in listed] == [str(other.pk), str(batch.pk)]
    assert [one["status"] for one in listed] == ["waiting", "done"]
    assert "vouchers" not in listed[0]


def test_codes_come_as_a_file_in_shown_form(api, batch):
    answer = api.get(f"/api/voucher-batches/{batch.pk}/codes", HTTP_ACCEPT="text/csv")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"].startswith('attachment; filename="codes-')
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert sorted(row["status"] for row in rows) == ["issued"] * 4 + ["redeemed"]
    assert {row["code"].replace("-", "") for row in rows} == set(Voucher.objects.values_list("code", flat=True))
    assert all(len(row["code"]) == 19 and row["expires_at"].endswith("Z") for row in rows)


def test_each_download_is_written_down(manager, as_person, batch):
    client = as_person(manager)
    for _ in range(2):
        client.get(f"/api/voucher-batches/{batch.pk}/codes")

    told = Event.objects.filter(type="vouchers.downloaded", aggregate_id=batch.pk)
    assert [event.data for event in told] == [{"actor": f"person:{manager.pk}", "codes": 5}] * 2


def test_staff_see_how_far_it_is_and_take_no_codes(barista_client, batch):
    assert barista_client.get(f"/api/voucher-batches/{batch.pk}").status_code == 200
    assert refusal(barista_client.get(f"/api/voucher-batches/{batch.pk}/codes")) == (403, "forbidden")
    assert not Event.objects.filter(type="vouchers.downloaded").exists()


def test_members_and_other_brands_see_no_batches(ana_client, ana_beans, bistro_api, batch):
    for client in (ana_client, bistro_api):
        assert client.get("/api/voucher-batches").json()["results"] == []
        for path in ("", "/codes"):
            assert client.get(f"/api/voucher-batches/{batch.pk}{path}").status_code in (403, 404)


def test_a_batch_is_disabled_but_for_what_was_used(api, batch):
    body = {"reason": "The list has leaked"}

    first, again = (api.post(f"/api/voucher-batches/{batch.pk}/disable", body) for _ in range(2))

    assert (first.json(), again.json()) == ({"disabled": 4}, {"disabled": 0})
    told = api.get(f"/api/voucher-batches/{batch.pk}").json()
    assert (told["status"], told["disabled_reason"]) == ("disabled", "The list has leaked")
    assert told["vouchers"] == {"issued": 0, "claimed": 0, "redeemed": 1, "expired": 0, "disabled": 4}
