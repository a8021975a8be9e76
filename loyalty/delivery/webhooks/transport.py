"""One POST to an address that a brand chose: the name is looked up once for each connection, every IP address it has is
judged and only judged ones are connected to; the certificate is checked for the name. No redirects, no proxies, little
time; of the answer only its status and `Retry-After` are looked at, its body is thrown away."""

import asyncio
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from loyalty.delivery.webhooks import addresses

SECONDS_MAX = 15
CONNECT_SECONDS_MAX = 5
DRAINED_BYTES_MAX = 64 * 1024
LOOKUPS_AT_ONCE = 32
_CHARS_MAX = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: a status, or why there was none. `ms` is how long it took."""

    status: int | None
    error: str
    ms: int
    retry_after: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class AddressRefused(OSError):
    """The address is not one that events are sent to."""


class JudgingResolver(AbstractResolver):
    """Looks names up in threads of its own, one name once at a time, so that a slow name server holds up nobody else;
    refuses a name as a whole when any of its addresses is refused."""

    def __init__(self):
        self._threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")
        self._running: dict[tuple[str, int], asyncio.Future] = {}

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[dict]:
        asked = (host, port)
        if asked not in self._running:
            loop = asyncio.get_running_loop()
            lookup = loop.run_in_executor(self._threads, look_up, host, port)
            lookup.add_done_callback(lambda _: self._running.pop(asked, None))
            self._running[asked] = lookup
        found = await asyncio.wait_for(asyncio.shield(self._running[asked]), CONNECT_SECONDS_MAX)
        if not all(addresses.may_connect(entry[4][0]) for entry in found):
            raise AddressRefused("the name leads to an address that is not on the open internet")
        return [
            {"hostname": host, "host": entry[4][0], "port": port, "family": entry[0], "proto": 0, "flags": 0}
            for entry in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def look_up(host: str, port: int) -> list[tuple]:
    """What the system knows of a name."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def judged_socket(entry: tuple) -> socket.socket:
    """The last word, for every connection: IP addresses that stand in a URL are looked up nowhere."""
    family, kind, proto, _, address = entry
    if not addresses.may_connect(address[0]):
        raise AddressRefused("the address is not on the open internet")
    return socket.socket(family, kind, proto)


def open_session() -> aiohttp.ClientSession:
    """A session for many requests; to be made and closed within one event loop."""
    connector = aiohttp.TCPConnector(
        resolver=JudgingResolver(),
        socket_factory=judged_socket,
        use_dns_cache=False,
        limit=0,
        keepalive_timeout=20,
        ssl=ssl.create_default_context(),
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=SECONDS_MAX, sock_connect=CONNECT_SECONDS_MAX, ceil_threshold=60),
        headers={"User-Agent": "Loyalty-Webhooks/1.0", "Content-Type": "application/json", "Accept": "*/*"},
        skip_auto_headers=("Accept-Encoding",),
        read_bufsize=DRAINED_BYTES_MAX,
    )


async def post(session: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Sends it once. Never raises but when it is cancelled."""
    began = time.monotonic_ns()
    status, error, wanted = None, "", ""
    try:
        # What was judged is what is called: the URL goes out as it was written.
        target = URL(url, encoded=True)
        async with session.post(target, data=body, headers=headers, allow_redirects=False) as response:
            status, wanted = response.status, response.headers.get("Retry-After", "")[:_CHARS_MAX]
            await _drain(response)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as fault:
        # Headers that came in time say what became of it, whatever happens to the body.
        error = "" if status is not None else told(fault)
    return Answer(status, error, (time.monotonic_ns() - began) // 1_000_000, wanted)


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Reads a short body to its end, so that the connection can be used again; a long one closes it."""
    read = 0
    while chunk := await response.content.readany():
        read += len(chunk)
        if read > DRAINED_BYTES_MAX:
            response.close()
            return


def told(fault: Exception) -> str:
    """The fault in a few words that say nothing of our network, for the brand reads them."""
    cause: BaseException | None = fault
    while cause is not None:
        if isinstance(cause, AddressRefused):
            return f"address refused: {cause}"
        cause = cause.__cause__ or cause.__context__ or getattr(cause, "os_error", None)
    if isinstance(fault, aiohttp.ClientConnectorCertificateError | ssl.SSLError | aiohttp.ClientSSLError):
        return "the certificate is not good for this name"
    if isinstance(fault, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return "the name is not known"
    if isinstance(fault, aiohttp.ConnectionTimeoutError):
        return f"no connection within {CONNECT_SECONDS_MAX} seconds"
    if isinstance(fault, TimeoutError):
        return f"no answer within {SECONDS_MAX} seconds"
    if isinstance(fault, aiohttp.ClientConnectorError):
        return "the connection was refused"
    if isinstance(fault, aiohttp.ServerDisconnectedError | ConnectionError | aiohttp.ClientOSError):
        return "the connection was closed before an answer came"
    return "the answer was no HTTP"
