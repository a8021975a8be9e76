"""Calling addresses that a customer chose, say their identity provider's: never our own network. The name is looked up
once for each connection, every address it has is judged, and the call goes to the one that was judged; certificates
are checked for the name. No redirects, no proxies, little time, small answers."""

import socket
import threading
import time
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

SECONDS_MAX = 5
ANSWER_BYTES_MAX = 1024 * 1024
_CHUNK_BYTES = 64 * 1024

# What Python calls global, and what must not be called all the same: translations of private addresses into IPv6,
# multicast, the clouds' own services. Of IPv6 only 2000::/3 is given out; the rest is none of it, or embeds IPv4.
IPV6_GIVEN_OUT = ip_network("2000::/3")
NOT_OUTSIDE = [
    ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "100.64.0.0/10", "224.0.0.0/4", "240.0.0.0/4",
        "2002::/16", "2001::/32", "3fff::/20",
    )
]  # fmt: skip


class AddressRefused(requests.RequestException):
    """The address is not one that the service calls."""


def is_outside(address: str) -> bool:
    """Whether an IP address is on the open internet."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if isinstance(ip, IPv6Address) and ip not in IPV6_GIVEN_OUT:
        return False
    is_listed = any(ip in net for net in NOT_OUTSIDE if net.version == ip.version)
    return ip.is_global and not ip.is_multicast and not is_listed


def resolved(host: str, port: int, *, private: bool) -> list[str]:
    """The IP addresses of a name. AddressRefused when any of them is inside, unless `private` ones are allowed; OSError
    when it has none."""
    found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(is_outside(address) for address in found):
        raise AddressRefused(f"{host} is not an address on the open internet.")
    return found


class _Judged:
    """A connection to an address that was judged. It is ended when its time is over, for the time of a socket is that
    between two bytes: who tells byte by byte would never exceed it."""

    private = False

    def connect(self):
        super().connect()
        # Not called off when the connection is closed: an answer without a length is read on after that.
        ending = threading.Timer(SECONDS_MAX, _end, [self.sock])
        ending.daemon = True
        ending.start()

    def _new_conn(self):
        host = self._dns_host.strip("[]")
        try:
            address = resolved(host, self.port, private=self.private)[0]
            return create_connection((address, self.port), self.timeout, socket_options=self.socket_options)
        except OSError as fault:
            if isinstance(fault, AddressRefused):
                raise
            raise NewConnectionError(self, f"cannot reach {host}: {fault}") from fault


def _end(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


class _Https(_Judged, HTTPSConnection):
    pass


class _PrivateHttps(_Https):
    private = True


class _PrivateHttp(_Judged, HTTPConnection):
    private = True


class _Adapter(HTTPAdapter):
    def __init__(self, *, private: bool):
        self.private = private
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections, maxsize, block=False, **kwargs):
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        https = type("Pool", (HTTPSConnectionPool,), {"ConnectionCls": _PrivateHttps if self.private else _Https})
        http = type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _PrivateHttp})
        self.poolmanager.pool_classes_by_scheme = {"https": https, "http": http}


class OutboundSession(requests.Session):
    """A session of `requests` for such addresses. `private`: private addresses and plain http too, for a provider in
    one's own network. Everything it refuses or cannot reach is a requests.RequestException."""

    def __init__(self, *, private: bool = False):
        super().__init__()
        self.trust_env = False
        self.private = private
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(private=private))

    def request(self, method, url, **kwargs):
        if not url.startswith("https://") and not (self.private and url.startswith("http://")):
            raise AddressRefused("Only https addresses are called.")
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise AddressRefused("An address with a user name in it is not called.")
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": SECONDS_MAX}
        until = time.monotonic() + SECONDS_MAX
        response = super().request(method, url, **kwargs)
        if response.is_redirect:
            raise AddressRefused("The address leads elsewhere.")
        _read_within_bounds(response, until)
        return response


def _read_within_bounds(response: requests.Response, until: float) -> None:
    """Reads the answer, but no more of it than bounded, and not for longer."""
    read = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        read += chunk
        if len(read) > ANSWER_BYTES_MAX:
            break
    # An answer whose connection was ended may look as if it were whole.
    if len(read) > ANSWER_BYTES_MAX or time.monotonic() > until:
        response.close()
        raise AddressRefused("The answer is too long, or takes too long.")
    response._content = bytes(read)
