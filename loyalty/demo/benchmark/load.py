"""A small load: keep-alive connections that send requests and read the answers, as fast as they come (closed loop) or
at a fixed rate (open loop, where waiting in line counts as latency)."""

import asyncio
import gc
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Load:
    """What came back. `latencies` in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return len(self.latencies)

    @property
    def rate(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * percent / 100), len(ordered) - 1)] * 1000 if ordered else 0.0

    @property
    def refused(self) -> int:
        """Answers that are not a success."""
        return sum(count for status, count in self.statuses.items() if status >= 300)


def request(method: str, path: str, key: str, body: bytes) -> bytes:
    """An HTTP/1.1 request with a JSON body and a server key."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Api-Key {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(port: int, make: Callable[[], bytes], *, connections: int, seconds: float, rate: float = 0.0) -> Load:
    """Sends what `make` gives over that many connections for that long. With a `rate` requests are due at fixed moments
    and their latency is counted from then on. The pauses of this process's own collector are nobody's latency."""
    gc.collect()
    gc.disable()
    try:
        return asyncio.run(_run(port, make, connections, seconds, rate))
    finally:
        gc.enable()


async def _run(port, make, connections, seconds, rate) -> Load:
    load = Load()
    begin = time.perf_counter()
    due = _moments(begin, rate) if rate else None
    await asyncio.gather(*(_talk(port, make, begin + seconds, due, load) for _ in range(connections)))
    load.seconds = time.perf_counter() - begin
    return load


def _moments(begin: float, rate: float) -> Iterator[float]:
    n = 0
    while True:
        yield begin + n / rate
        n += 1


async def _talk(port: int, make, until: float, due: Iterator[float] | None, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        start = time.perf_counter()
        if due is not None:
            start = next(due)
            await asyncio.sleep(max(start - time.perf_counter(), 0))
        if start >= until:
            break
        writer.write(make())
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            # The process was replaced; what it had not begun is lost, as it is for any client.
            load.statuses[599] += 1
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            continue
        length = LENGTH.search(head)
        if length:
            await reader.readexactly(int(length[1]))
        load.latencies.append(time.perf_counter() - start)
        load.statuses[int(head[9:12])] += 1
    writer.close()
