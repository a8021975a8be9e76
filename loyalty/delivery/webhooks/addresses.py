"""Which addresses may be told of events: on the open internet, by https, at its usual port. Judged by their letters
when an endpoint is made, and by the IP addresses at each connection. WEBHOOKS_ALLOW_LOOPBACK adds this machine, by http
and at any port, and nothing else."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from loyalty.http.outbound import is_outside

URL_CHARS_MAX = 2000
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# A last label that a browser would read as a number makes the whole name an IPv4 address, in one of its odd forms.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OWN = frozenset({"localhost", "localdomain", "local", "internal", "intranet", "lan", "arpa", "onion", "invalid"})


def may_connect(address: str) -> bool:
    """Whether events may be sent to this IP address."""
    return is_outside(address) or (settings.WEBHOOKS_ALLOW_LOOPBACK and _is_loopback(address))


def mistake_in(url: str) -> str:
    """Why events are not sent to this URL, in words; empty when they may be. Looks nothing up."""
    if len(url) > URL_CHARS_MAX:
        return f"It has more than {URL_CHARS_MAX} characters."
    if not url.isascii() or any(c.isspace() or not c.isprintable() or c in '\\"<>^`{|}' for c in url):
        return "It may hold visible ASCII characters only; write other names in punycode (xn--) and paths in percent."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "It is no URL."
    return _mistake_in_parts(url, parts, port)


def _mistake_in_parts(url: str, parts: SplitResult, port: int | None) -> str:
    host = (parts.hostname or "").lower()
    if not host or "%" in parts.netloc:
        return "It names no host, or not in plain letters."
    if "@" in parts.netloc:
        return "It must not hold a user name or password: the signature says who sends."
    if "#" in url:
        return "It must not hold a fragment."
    if settings.WEBHOOKS_ALLOW_LOOPBACK and parts.scheme in ("http", "https") and is_loopback_host(host):
        return ""
    if parts.scheme != "https":
        return "It must begin with https://."
    if port not in (None, 443) or parts.netloc.endswith(":"):
        return "Only port 443 is taken."
    return _mistake_in_host(host, is_ipv6=parts.netloc.startswith("["))


def is_loopback_host(host: str) -> bool:
    """Whether the name, or the address as it is usually written, is of this machine."""
    return host == "localhost" or _is_loopback(host)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


def _mistake_in_host(host: str, *, is_ipv6: bool) -> str:
    labels = host.split(".")
    if is_ipv6 or _NUMBER.fullmatch(labels[-1] or "x"):
        return "" if is_outside(host) else "Its host is not an address on the open internet."
    if not all(_LABEL.fullmatch(label) for label in labels) or len(host) > 253:
        return "Its host is not a name as shop.example."
    if len(labels) < 2 or labels[-1] in _OWN:
        return "Its host is not a name on the open internet."
    return ""
