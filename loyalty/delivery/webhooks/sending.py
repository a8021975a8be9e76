"""The process that sends: takes deliveries in hand, sends them, writes down what came of them, over and over. One event
loop sends; one thread asks the database, on one connection, on which the sender's number lives."""

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

import aiohttp
from django.db import DatabaseError, connection

from loyalty import clock
from loyalty.delivery.webhooks import fanning_out, signing, transport
from loyalty.delivery.webhooks.claiming import Claims, InHand
from loyalty.delivery.webhooks.recording import Recorded, Result, record
from loyalty.events import reading

log = logging.getLogger(__name__)

POLL_SECONDS = (0.05, 0.2)
"""Between looks at the database when there is nothing to do: at first, and after a while of that."""
QUIET_SECONDS = 5
GATHER_SECONDS = 0.004
"""For a moment results gather, so that they are written down together."""
LOOK_SECONDS = 0.2
"""How long a retry that falls due, or a delivery that somebody else made, waits to be seen at most."""
SWEEP_SECONDS = 1
IN_HAND_MAX = 4_000
STOP_SECONDS = 20
QUIET_ROUNDS = 4
"""Rounds without work after which nothing is left: the log is settled where a transaction was rolled back."""
RECONNECT_SECONDS = 1
SILENT_SECONDS_MAX = 30
"""Longer than the database is not asked only by a process that was stopped: others take over what it has in hand."""


class Lane:
    """What is in hand for one endpoint: at most `in_flight_max` requests at once, of an aggregate one after the
    other."""

    def __init__(self):
        self.in_flight = 0
        self.ready: deque[UUID] = deque()
        self.chains: dict[UUID, deque[InHand]] = {}

    def put(self, delivery: InHand) -> None:
        chain = self.chains.get(delivery.aggregate_id)
        if chain is None:
            chain = self.chains[delivery.aggregate_id] = deque()
            self.ready.append(delivery.aggregate_id)
        chain.append(delivery)

    def take(self) -> InHand | None:
        """The next that may go; its aggregate is not ready again before `done`."""
        if not self.ready:
            return None
        chain = self.chains[self.ready[0]]
        if self.in_flight >= chain[0].target.in_flight_max:
            return None
        self.ready.popleft()
        self.in_flight += 1
        return chain.popleft()

    def done(self, delivery: InHand, *, is_over: bool) -> list[InHand]:
        """Lets the next of the aggregate go; answers those that go back because what is before them stays open."""
        self.in_flight -= 1
        chain = self.chains[delivery.aggregate_id]
        if chain and is_over:
            self.ready.append(delivery.aggregate_id)
            return []
        del self.chains[delivery.aggregate_id]
        return list(chain)

    def clear(self) -> list[InHand]:
        """Takes out what was not begun."""
        left = [delivery for chain in self.chains.values() for delivery in chain]
        self.ready.clear()
        for chain in self.chains.values():
            chain.clear()
        return left


async def send(session: aiohttp.ClientSession, delivery: InHand) -> Result:
    """Signs and sends one delivery as of now."""
    at = clock.now()
    if delivery.body is None:
        return Result(delivery, transport.Answer(None, "the event has been moved out of the log", 0), at)
    headers = signing.headers(delivery.target.keys, delivery.event_id, int(at.timestamp()), delivery.body)
    answer = await transport.post(session, delivery.target.url, delivery.body, headers)
    return Result(delivery, answer, clock.now())


@dataclass
class Tally:
    """What a sender did so far."""

    recorded: Recorded = field(default_factory=Recorded)
    fanned_out: int = 0
    healed: int = 0
    rounds: int = 0


class Sender:
    """Sends until it is stopped. Requests that are under way then are finished, for up to `STOP_SECONDS`; the rest goes
    back. Killed, it leaves its number free, and the next sender puts back what it had in hand."""

    def __init__(
        self,
        *,
        limit: int | None = None,
        until_empty: bool = False,
        progress: Callable[[int], None] = lambda done: None,
    ):
        self.limit, self.until_empty, self.progress = limit, until_empty, progress
        self.tally = Tally()
        self.claims = Claims()
        self._lanes: dict[UUID, Lane] = {}
        self._tasks: set[asyncio.Task] = set()
        self._results: list[Result] = []
        self._in_hand = 0
        self._upto = -1
        self._looked_at = self._swept_at = self._moved_at = 0.0
        self._database = ThreadPoolExecutor(1, thread_name_prefix="database")

    async def run(self, stop: asyncio.Event) -> Tally:
        """Until `stop` is set; with `until_empty` until nothing waits that is due, with `limit` until about so many
        have been sent."""
        self._wake = asyncio.Event()
        async with transport.open_session() as session:
            self._session = session
            try:
                await self._rounds(stop)
                await self._finish()
            finally:
                for task in self._tasks:
                    task.cancel()
                await self._ask(self._disconnect)
                self._database.shutdown()
        return self.tally

    async def _rounds(self, stop: asyncio.Event) -> None:
        quiet = 0
        while not stop.is_set() and not self._has_reached_limit():
            try:
                if not self.claims.number:
                    await self._ask(self.claims.sign_on, silent_seconds_max=SILENT_SECONDS_MAX)
                moved = await self._round()
            except DatabaseError as error:
                await self._start_over(error)
                continue
            quiet = 0 if moved or self._in_hand else quiet + 1
            if self.until_empty and quiet >= QUIET_ROUNDS:
                return
            await self._pause(moved, stop)

    async def _round(self) -> bool:
        results, self._results = self._results, []
        taken, moved = await self._ask(self._work, results)
        self._in_hand += len(taken) - len(results)
        for delivery in taken:
            self._lanes.setdefault(delivery.target.id, Lane()).put(delivery)
        for id in {delivery.target.id for delivery in taken}:
            self._start(id)
        self.progress(self.tally.recorded.delivered)
        return moved or bool(results or taken)

    def _work(self, results: list[Result]) -> tuple[list[InHand], bool]:
        """One visit to the database."""
        now, tally = time.monotonic(), self.tally
        tally.rounds += 1
        is_sweep = now - self._swept_at >= SWEEP_SECONDS
        if is_sweep:
            self._swept_at = now
            tally.healed += self.claims.heal()
        done = record(results, sender=self.claims.number)
        tally.recorded += done
        upto, looked = reading.settled_id(), 0
        if upto != self._upto or is_sweep:
            step = fanning_out.step(upto)
            looked, self._upto = step.looked, (-1 if step.looked >= fanning_out.LOOKED_AT_ONCE else upto)
            tally.fanned_out += step.told
        is_due = looked or results or now - self._looked_at >= LOOK_SECONDS
        if not is_due or self._in_hand - len(results) >= IN_HAND_MAX:
            return [], bool(looked)
        taken = self.claims.claim()
        self._looked_at = 0.0 if taken else now
        return taken, bool(looked)

    def _start(self, id: UUID) -> None:
        lane = self._lanes[id]
        while delivery := lane.take():
            task = asyncio.create_task(self._send(lane, delivery))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, lane: Lane, delivery: InHand) -> None:
        result = await send(self._session, delivery)
        is_over = result.answer.is_taken
        back = lane.done(delivery, is_over=is_over)
        self._results += [result, *(Result(one, None, result.at) for one in back)]
        self._wake.set()
        self._start(delivery.target.id)
        if not lane.chains and not lane.in_flight and self._lanes.get(delivery.target.id) is lane:
            del self._lanes[delivery.target.id]

    async def _pause(self, moved: bool, stop: asyncio.Event) -> None:
        now = time.monotonic()
        if moved:
            self._moved_at = now
            await asyncio.sleep(GATHER_SECONDS)
            return
        wait = POLL_SECONDS[now - self._moved_at > QUIET_SECONDS]
        self._wake.clear()
        if self._results or stop.is_set():
            return
        waiting = [asyncio.ensure_future(event.wait()) for event in (self._wake, stop)]
        await asyncio.wait(waiting, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        await asyncio.sleep(GATHER_SECONDS if self._results else 0)

    async def _finish(self) -> None:
        """What was not begun goes back, what is under way is waited for."""
        at = clock.now()
        for lane in self._lanes.values():
            self._results += [Result(delivery, None, at) for delivery in lane.clear()]
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=STOP_SECONDS)
        try:
            self.tally.recorded += await self._ask(record, self._results, sender=self.claims.number)
        except DatabaseError as error:
            log.warning("what was sent last is sent again by the next sender: %s", error)

    async def _start_over(self, error: DatabaseError) -> None:
        """The connection, and the number with it, is gone: others may have what we had in hand. It is let go."""
        log.warning("the database is asked again in %s s: %s", RECONNECT_SECONDS, error)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lanes, self._results, self._in_hand, self._upto = {}, [], 0, -1
        await self._ask(self._disconnect)
        await asyncio.sleep(RECONNECT_SECONDS)

    def _disconnect(self) -> None:
        """Ends the connection; the number is given back first where that can be."""
        try:
            if self.claims.number:
                self.claims.sign_off()
        except DatabaseError:
            log.debug("the number went with the connection")
        finally:
            self.claims.number = 0
            connection.close()

    def _has_reached_limit(self) -> bool:
        done = self.tally.recorded
        return self.limit is not None and done.delivered + done.retried + done.failed >= self.limit

    async def _ask(self, question: Callable, *args, **kwargs):
        """Asks the database in its thread; there it is the time that it is here."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database, lambda: context.run(question, *args, **kwargs))


def send_round() -> Recorded:
    """One round on the caller's connection: fans out, takes what may go now, sends it, writes down what came of it."""
    claims = Claims()
    claims.sign_on()
    try:
        claims.heal()
        fanning_out.fan_out()
        results = asyncio.run(_send_all(claims.claim()))
        return record(results, sender=claims.number)
    finally:
        claims.sign_off()


async def _send_all(taken: list[InHand]) -> list[Result]:
    lanes: dict[UUID, Lane] = {}
    results: list[Result] = []
    for delivery in taken:
        lanes.setdefault(delivery.target.id, Lane()).put(delivery)

    async def run(lane: Lane) -> None:
        while delivery := lane.take():
            result = await send(session, delivery)
            back = lane.done(delivery, is_over=result.answer.is_taken)
            results.extend([result, *(Result(one, None, result.at) for one in back)])

    async with transport.open_session() as session:
        runs = [run(lane) for lane in lanes.values() for _ in range(len(lane.chains))]
        await asyncio.gather(*runs)
    return results
