"""A partner's system that is told of events, as the demo, the fault harness and the benchmark need one: it checks the
signature, keeps what arrived, and can be told to fail, to lie (it keeps the event, and says that it failed) and to
hang."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

KEPT = 100
CLOCK_SECONDS_MAX = 300
BODY_BYTES_MAX = 1024 * 1024

Secrets = Callable[[], Awaitable[list[str]]]


@dataclass(slots=True)
class Manners:
    """How often it misbehaves, of a hundred requests, as `seed` has it."""

    fails: int = 0
    lies: int = 0
    hangs: int = 0
    hang_seconds: float = 30
    seed: int = 0
    _dice: random.Random = field(init=False)

    def __post_init__(self):
        self._dice = random.Random(self.seed)  # noqa: S311

    def next(self) -> str:
        """What it does with this request: take, fail, lie or hang."""
        thrown = self._dice.randrange(100)
        for manner, share in (("fail", self.fails), ("lie", self.lies), ("hang", self.hangs)):
            if thrown < share:
                return manner
            thrown -= share
        return "take"


@dataclass(slots=True)
class Receiver:
    """`secrets` gives those with which events may be signed. What arrived is kept in `arrivals`, newest last, and, as a
    line of JSON each, in `file`; the line is there before the answer goes out."""

    secrets: Secrets
    manners: Manners = field(default_factory=Manners)
    file: Path | None = None
    report: Callable[[dict], None] = lambda arrival: None
    count: int = 0
    arrivals: deque = field(default_factory=lambda: deque(maxlen=KEPT))
    _known: list[str] = field(default_factory=list)
    _lines: object = None

    async def listen(self, host: str, port: int) -> web.AppRunner:
        """Listens until the runner is cleaned up; port 0 takes any free one (`address_of`)."""
        if self.file:
            self._lines = self.file.open("a", buffering=1)
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_post("/{name:.*}", self.take)
        app.router.add_get("/{name:.*}", self.show)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=False)
        await runner.setup()
        await web.TCPSite(runner, host, port, backlog=512).start()
        return runner

    async def take(self, request: web.Request) -> web.Response:
        """One request to it."""
        at, body, manner = time.time(), await request.read(), self.manners.next()
        if manner == "hang":
            await asyncio.sleep(self.manners.hang_seconds)
        if manner in ("fail", "hang"):
            return web.Response(status=500)
        fault = await self._fault(request.headers, body)
        told = json.loads(body) if not fault else {}
        arrival = {
            "at": at, "manner": manner, "signed": not fault, "fault": fault,
            "id": request.headers.get("webhook-id", ""), "path": request.path, "event": told,
        }  # fmt: skip
        self.count += 1
        self.arrivals.append(arrival)
        if self._lines:
            self._lines.write(json.dumps(_short(arrival)) + "\n")
        self.report(arrival)
        if fault:
            return web.Response(status=400, text=fault)
        return web.Response(status=503 if manner == "lie" else 204)

    async def show(self, request: web.Request) -> web.Response:
        """What arrived, newest first."""
        told = {"received": self.count, "events": list(reversed(self.arrivals))}
        return web.json_response(told, dumps=lambda value: json.dumps(value, indent=2))

    async def _fault(self, headers, body: bytes) -> str:
        """Why it is not signed as it should be; empty: it is. The secrets are asked for again when none fits."""
        fault = fault_of(headers, body, self._known)
        if fault == "no signature fits":
            self._known = await self.secrets()
            fault = fault_of(headers, body, self._known)
        return fault


def _short(arrival: dict) -> dict:
    """An arrival as a line of the file: what tells the event, without its words."""
    told = arrival["event"]
    kept = {name: told.get(name) for name in ("type", "aggregate_id", "sequence", "recorded_at")}
    transaction = (told.get("data") or {}).get("transaction_id")
    return {name: value for name, value in arrival.items() if name != "event"} | kept | {"transaction_id": transaction}


def fault_of(headers, body: bytes, secrets: list[str]) -> str:
    """What a receiver checks of Standard Webhooks (https://www.standardwebhooks.com): the time, and that one of the
    signatures is made with one of the secrets. Empty: nothing is wrong."""
    name, at, signatures = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (name and at and signatures):
        return "a header is missing"
    if not at.isdecimal() or abs(time.time() - int(at)) > CLOCK_SECONDS_MAX:
        return "the time is off"
    signed = f"{name}.{at}.".encode() + body
    given = [each.removeprefix("v1,") for each in signatures.split() if each.startswith("v1,")]
    for secret in secrets:
        digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
        if any(hmac.compare_digest(base64.b64encode(digest).decode(), each) for each in given):
            return ""
    return "no signature fits"


def address_of(runner: web.AppRunner) -> str:
    """Where it listens."""
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"
