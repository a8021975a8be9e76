"""Events go to the open internet only, however an address is written and whatever a name server says."""

import asyncio
import socket

import pytest

from loyalty.delivery.webhooks import addresses, transport
from loyalty.delivery.webhooks.models import WebhookDelivery
from loyalty.delivery.webhooks.sending import send_round
from loyalty.http.outbound import is_outside

INSIDE = [
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0",
        "0.0.0.0",  # noqa: S104
    ),
    *("10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "192.0.0.8"),
    *("168.63.129.16", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.2.1", "192.88.99.1", "2852039166"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:7f00:1]", "[::7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a9fe:a9fe]", "[2002:7f00:1::]", "[2001::1]", "[fe80::1]", "[fc00::1]"),
    *("[fd00:ec2::254]", "[ff02::1]", "[fec0::1]", "[100::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]"),
    *("[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1%lo]", "localhost", "localhost.", "LOCALHOST", "a.localhost"),
    *("127.0.0.1.", "printer.local", "db.internal", "host.localdomain", "router.lan", "1.0.0.127.in-addr.arpa"),
    *("shop", "shop.", "shop.example.", "metadata.google.internal", "shop..example", ".shop.example", "-shop.example"),
    *(
        "\uff11\uff12\uff17.0.0.1",
        "\u2460\u2461\u2466.0.0.1",
        "127\u30020\u30020\u30021",
        "\uff4cocalhost",
        "b\u00f6se.example",
    ),
    *("%31%32%37.0.0.1", "shop%2eexample", "shop.example%00", "localhost%2f.shop.example"),
    *(
        "user@shop.example",
        "user:pass@shop.example",
        "@shop.example",
        "shop.example@127.0.0.1",
        "shop.example:@x.example",
    ),
    *(
        "shop.example:80",
        "shop.example:8443",
        "shop.example:22",
        "shop.example:0",
        "shop.example:99999",
        "shop.example:",
    ),
    *("shop.example:443:80", "shop.example\\@127.0.0.1", "127.0.0.1\\@shop.example", "shop.example\t", " shop.example"),
    *(
        "shop.example\n",
        "shop_.example",
        "[shop.example]",
        "[127.0.0.1]",
        "1.1.1",
        "1.1.1.1.1",
        "1.1.1.256",
        "08.8.8.8",
        "",
    ),
]
OUTSIDE = [
    "shop.example",
    "shop.example:443",
    "SHOP.Example",
    "xn--bse-sna.example",
    "93.184.216.34",
    "a-1.b.c.example",
]
SCHEMES = ["http", "ftp", "file", "gopher", "ws", "HTTP", "javascript", "", "//"]


@pytest.fixture
def no_loopback(settings):
    settings.WEBHOOKS_ALLOW_LOOPBACK = False


@pytest.mark.parametrize("host", INSIDE)
def test_a_host_that_is_not_on_the_open_internet_is_refused_when_the_endpoint_is_made(host, api, no_loopback):
    answer = api.post("/api/webhooks", {"url": f"https://{host}/hook", "events": ["*"]})

    assert (answer.status_code, answer.json()["code"]) in [(422, "webhook-address-refused"), (400, "validation-error")]


@pytest.mark.parametrize("host", OUTSIDE)
def test_a_host_on_the_open_internet_is_taken(host, no_loopback):
    assert addresses.mistake_in(f"https://{host}/hook?for=loyalty") == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_only_https_is_taken(scheme, no_loopback):
    assert addresses.mistake_in(f"{scheme}://shop.example/hook") != ""


@pytest.mark.parametrize("host", INSIDE)
def test_a_host_that_is_not_on_the_open_internet_is_not_connected_to(host, no_loopback, endpoint, receiver, earned):
    """An address that is in the table all the same, say of a time when it was allowed."""
    endpoint.url = f"https://{host}/hook"
    endpoint.save()
    earned()
    asked: list[str] = []

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transport, "look_up", lambda name, port: asked.append(name) or looked_up_here(name, port))
        patched.setattr(socket.socket, "connect", refuse_to_connect)
        send_round()

    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.status_code) == ("waiting", None)
    assert delivery.error != ""


def looked_up_here(name: str, port: int) -> list[tuple]:
    """What the system says of odd numbers; names lead to this machine."""
    try:
        return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return socket.getaddrinfo("127.0.0.1", port, type=socket.SOCK_STREAM)


def refuse_to_connect(self, address):
    raise AssertionError(f"connected to {address}")


@pytest.mark.parametrize("name", ["shop.example", "127.0.0.1", "localhost"])
def test_this_machine_is_reached_only_where_that_is_allowed(name, settings, endpoint, receiver, earned, monkeypatch):
    monkeypatch.setattr(transport, "look_up", lambda host, port: entries("127.0.0.1", port))
    endpoint.url = f"http://{name}:{receiver.port}/hook"
    endpoint.save()
    earned(), earned()
    settings.WEBHOOKS_ALLOW_LOOPBACK = False
    send_round()
    refused = len(receiver.got)

    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    WebhookDelivery.objects.update(due_at=endpoint.created_at)
    send_round()

    assert (refused, len(receiver.got)) == (0, 2)


@pytest.mark.parametrize("host", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[::]", "[fd00::1]", "printer.local"])
def test_in_development_this_machine_is_allowed_and_no_other_inside(host):
    assert addresses.mistake_in(f"http://{host}/hook") != ""
    assert addresses.mistake_in(f"https://{host}/hook") != ""
    assert addresses.mistake_in("http://127.0.0.1:8001/hook") == ""
    assert addresses.mistake_in("http://localhost:8001/hook") == ""
    assert addresses.mistake_in("http://[::1]:8001/hook") == ""
    assert addresses.mistake_in("http://shop.example/hook") != ""


def entries(*addresses_and_port) -> list[tuple]:
    *found, port = addresses_and_port
    return [
        (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
    ]


def test_a_name_that_leads_outside_first_and_inside_second_reaches_nobody_inside(
    no_loopback, endpoint, receiver, earned
):
    """Rebinding: what was judged is what is connected to, and each connection is judged anew."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    connected: list[tuple] = []
    endpoint.url = f"http://shop.example:{receiver.port}/hook"
    endpoint.save()
    earned()

    def look_up(host: str, port: int) -> list[tuple]:
        return entries(*answers.pop(0), port)

    async def connect(loop, sock, address):
        connected.append(address)
        raise ConnectionRefusedError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transport, "look_up", look_up)
        patched.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", connect)
        send_round()
    errors = [WebhookDelivery.objects.get().error]
    WebhookDelivery.objects.update(due_at=endpoint.created_at)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transport, "look_up", look_up)
        send_round()
    errors.append(WebhookDelivery.objects.get().error)

    assert connected == [("93.184.216.34", receiver.port)]
    assert errors[0] == "the connection was refused"
    assert errors[1].startswith("address refused")
    assert receiver.got == []


def test_a_name_with_one_address_inside_among_those_outside_is_refused(
    no_loopback, endpoint, receiver, earned, monkeypatch
):
    monkeypatch.setattr(transport, "look_up", lambda host, port: entries("93.184.216.34", "127.0.0.1", port))
    monkeypatch.setattr(socket.socket, "connect", refuse_to_connect)
    endpoint.url = f"http://shop.example:{receiver.port}/hook"
    endpoint.save()
    earned()

    send_round()

    assert WebhookDelivery.objects.get().error.startswith("address refused")
    assert receiver.got == []


def test_a_name_that_is_not_known_is_a_failure_in_words(endpoint, earned, monkeypatch):
    def unknown(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(transport, "look_up", unknown)
    endpoint.url = "https://shop.example/hook"
    endpoint.save()
    earned()

    send_round()

    assert WebhookDelivery.objects.get().error == "the name is not known"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        *[("8.8.8.8", True), ("2a00:1450:4001::1", True), ("2606:4700::1111", True), ("127.0.0.1", False)],
        *[("::ffff:8.8.8.8", True), ("::ffff:127.0.0.1", False), ("::7f00:1", False), ("::ffff:0:7f00:1", False)],
        *[("64:ff9b::a9fe:a9fe", False), ("2002:7f00:1::", False), ("5f00::1", False), ("fe80::1%eth0", False)],
        *[("shop.example", False), ("", False), ("1", False)],
    ],
)
def test_ip_addresses_are_told_apart(address, told):
    assert is_outside(address) is told
