"""A system of a partner's, as these tests need it: takes requests on this machine, keeps them, answers what it is
told."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict:
        return json.loads(self.body)

    @property
    def sequence(self) -> int:
        return self.event["sequence"]

    @property
    def signed(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name.startswith("webhook-")}


@dataclass
class Answered:
    """What to answer; `after` seconds later, and with the connection cut in place of an answer when `is_cut`."""

    status: int = 204
    headers: dict = field(default_factory=dict)
    after: float = 0
    is_cut: bool = False
    body: bytes = b""


class Receiver:
    """Answers 204, or what `answer(got)` says: an Answered, a status, or None for 204."""

    def __init__(self):
        self.got: list[Got] = []
        self.answer: Callable[[Got], Answered | int | None] = lambda got: None
        self.in_flight = self.in_flight_most = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        got = Got(request.path, {k.lower(): v for k, v in request.headers.items()}, await request.read())
        self.got.append(got)
        self.in_flight += 1
        self.in_flight_most = max(self.in_flight_most, self.in_flight)
        try:
            said = self.answer(got)
            said = Answered() if said is None else Answered(said) if isinstance(said, int) else said
            await asyncio.sleep(said.after)
        finally:
            self.in_flight -= 1
        if said.is_cut:
            request.transport.abort()
        return web.Response(status=said.status, headers=said.headers, body=said.body)
