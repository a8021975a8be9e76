"""Devices: which are known, what a new one starts, and that one which is forgotten is out at once."""

import pytest

from loyalty.events.models import Event
from loyalty.identity.devices.fingerprints import Seen
from loyalty.identity.devices.models import Device
from loyalty.identity.models import Person
from loyalty.testing.clients import JsonClient

PASSWORD = "correct horse battery"
PHONE, LAPTOP = "phone-0123456789", "laptop-0123456789"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture
def log_in(client, ana):
    """Logs Ana in, on a device."""

    def log_in(device=None, agent="", address="192.0.2.7"):
        body = {"email": "ana@example.com", "password": PASSWORD} | ({"device": device} if device else {})
        answer = client.post("/api/auth/token", body, HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
        assert answer.status_code == 200
        return answer.json()

    return log_in


def bearer(pair):
    client = JsonClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    return client


def cool_down_of(person_id):
    return Person.objects.get(id=person_id).cool_down_from


def test_the_first_device_is_trusted_and_known_again(ana, log_in, mailbox):
    log_in(PHONE)
    log_in(PHONE, agent=IPHONE)

    assert Device.objects.count() == 1
    assert cool_down_of(ana.person_id) is None
    assert mailbox.new() == []


def test_a_later_new_device_starts_a_cool_down_and_is_told(ana, log_in, mailbox):
    log_in(PHONE)
    log_in(LAPTOP, agent=FIREFOX.format(140))

    assert cool_down_of(ana.person_id) is not None
    (told,) = mailbox.new()
    assert told.to == ["ana@example.com"]
    assert "Firefox on Linux" in told.body
    assert "/password/forgot" in told.body
    assert Event.objects.filter(type="device.added", aggregate_id=ana.person_id).count() == 2


def test_without_an_id_of_the_app_browsers_are_told_apart_by_kind_and_not_by_version(ana, log_in):
    log_in(agent=FIREFOX.format(140))
    log_in(agent=FIREFOX.format(141))
    assert cool_down_of(ana.person_id) is None

    log_in(agent=IPHONE)
    assert cool_down_of(ana.person_id) is not None


@pytest.mark.parametrize(
    ("address", "is_new"),
    [("192.0.2.99", False), ("203.0.113.9", True), ("2001:db8:1:2::9", True)],
)
def test_the_most_common_browser_somewhere_else_is_another_device(ana, log_in, address, is_new):
    log_in(agent=FIREFOX.format(140))
    log_in(agent=FIREFOX.format(140), address=address)

    assert (cool_down_of(ana.person_id) is not None) == is_new


def test_an_app_that_says_which_device_it_is_on_may_be_anywhere(ana, log_in):
    log_in(PHONE)
    log_in(PHONE, address="203.0.113.9")

    assert cool_down_of(ana.person_id) is None


def test_what_a_caller_calls_its_device_is_never_mailed(ana, log_in, mailbox):
    log_in(PHONE)
    log_in(LAPTOP, agent="Visit https://evil.example now {{ settings.SECRET_KEY }}")

    (told,) = mailbox.new()
    assert "evil" not in told.body and "An app" in told.body


def test_a_wrong_password_makes_no_device(ana, client):
    client.post("/api/auth/token", {"email": "ana@example.com", "password": "wrong", "device": PHONE})

    assert not Device.objects.exists()


def test_the_same_device_is_another_one_with_another_person(ana, ben):
    seen = Seen(device=PHONE)

    assert seen.fingerprint(ana.person_id) != seen.fingerprint(ben.person_id)
    assert PHONE not in seen.fingerprint(ana.person_id)


def test_one_sees_ones_own_devices_and_which_one_is_at_hand(log_in, ben, as_person):
    log_in(PHONE, agent=IPHONE)
    laptop = bearer(log_in(LAPTOP, agent=FIREFOX.format(140)))

    seen = laptop.get("/api/auth/devices").json()

    assert [(one["label"], one["is_current"]) for one in seen] == [
        ("Firefox on Linux", True),
        ("Safari on iPhone", False),
    ]
    assert as_person(ben.person).get("/api/auth/devices").json() == []


def test_a_device_that_is_forgotten_is_out_at_once_and_no_other(client, log_in):
    phone, laptop = log_in(PHONE), log_in(LAPTOP)
    (other,) = [one for one in bearer(phone).get("/api/auth/devices").json() if not one["is_current"]]

    assert bearer(phone).delete(f"/api/auth/devices/{other['id']}").status_code == 204

    assert bearer(laptop).get("/api/users/me").status_code == 401
    assert client.post("/api/auth/token/refresh", {"refresh": laptop["refresh"]}).status_code == 401
    assert bearer(phone).get("/api/users/me").status_code == 200
    assert client.post("/api/auth/token/refresh", {"refresh": phone["refresh"]}).status_code == 200
    assert bearer(phone).delete(f"/api/auth/devices/{other['id']}").status_code == 404


def test_a_refreshed_session_stays_with_its_device(client, log_in):
    refreshed = client.post("/api/auth/token/refresh", {"refresh": log_in(PHONE)["refresh"]}).json()

    (device,) = bearer(refreshed).get("/api/auth/devices").json()

    assert device["is_current"]
    bearer(refreshed).delete(f"/api/auth/devices/{device['id']}")
    assert bearer(refreshed).get("/api/users/me").status_code == 401


def test_a_device_of_another_is_not_there(log_in, ben, as_person, api):
    log_in(PHONE)
    device = Device.objects.get()

    for path in (f"/api/auth/devices/{device.id}", "/api/auth/devices/x"):
        assert as_person(ben.person).delete(path).status_code == 404
    assert api.get("/api/auth/devices").status_code == 403
    assert Device.objects.exists()


def test_the_devices_kept_are_bounded(log_in, ana, monkeypatch):
    monkeypatch.setattr("loyalty.identity.devices.operations.DEVICES_MAX", 3)

    pairs = [log_in(f"device-number-{number:04}") for number in range(5)]

    assert Device.objects.filter(person=ana.person).count() == 3
    assert [bearer(pair).get("/api/users/me").status_code for pair in pairs] == [401, 401, 200, 200, 200]


@pytest.mark.parametrize("device", ["short", "x" * 201, 7])
def test_an_id_that_is_none_is_refused(client, ana, device):
    body = {"email": "ana@example.com", "password": PASSWORD, "device": device}

    assert client.post("/api/auth/token", body).json()["errors"][0]["pointer"] == "/device"
