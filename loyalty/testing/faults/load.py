"""The clients: six that earn, redeem, hold, return, reverse, exchange, claim and use vouchers, one voucher again and
again, as fast as they are answered, some of it twice at once under the same key, and one that reads balances. What they
choose follows from the seed; when it happens does not."""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from loyalty.testing.faults.deeds import Deed, History
from loyalty.testing.faults.shop import COST, REWARD, Shop
from loyalty.testing.faults.stand import Stand, wait_for

CLIENTS = 6
TWICE_PERCENT = 15
LATER_PERCENT = 5
KINDS = {
    "earn": 36, "redeem": 20, "hold": 6, "end_hold": 5, "deposit": 4, "return": 4, "reverse": 4, "claim": 4, "use": 3,
    "exchange": 14,
}  # fmt: skip
SETTLE_SECONDS_MAX = 120


class Targets:
    """What was done and can be undone: shared, so that clients also undo each other's."""

    def __init__(self):
        self.lock = threading.Lock()
        self.deeds: dict[str, list[Deed]] = {"earn": [], "redeem": [], "hold": [], "claim": []}

    def add(self, deed: Deed) -> None:
        if deed.kind in self.deeds and deed.is_done:
            with self.lock:
                self.deeds[deed.kind].append(deed)

    def take(self, rng: random.Random, *kinds: str, keep: bool = False) -> Deed | None:
        with self.lock:
            found = [deed for kind in kinds for deed in self.deeds[kind]]
            if not found:
                return None
            deed = rng.choice(found)
            if not keep:
                self.deeds[deed.kind].remove(deed)
            return deed


class Load:
    """Runs against `shop` until `stop`; `port` is where the clients connect, the service's own unless a proxy is in
    between. The first deeds give every member something to spend."""

    def __init__(self, shop: Shop, *, seed: int, port: int | None = None, timeout_seconds: float = 20):
        self.shop, self.seed = shop, seed
        self.port, self.timeout_seconds = port or shop.port, timeout_seconds
        self.history = History()
        self.targets = Targets()
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []
        self.errors: list[BaseException] = []

    def __enter__(self):
        for n, member in enumerate(self.shop.members):
            deed = Deed(
                "deposit", member, f"/api/members/{member}/deposit",
                {"program_id": self.shop.program, "amount": 500, "reason": "to begin with"}, f"begin-{n}", 500,
            )  # fmt: skip
            self.history.deeds.append(deed)
            send(deed, self.shop.wire())
        work = [lambda n=n: self._client(n) for n in range(CLIENTS)] + [self._reader]
        self.threads = [threading.Thread(target=self._guarded, args=[one], daemon=True) for one in work]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception) -> None:
        self.stop()

    def stop(self) -> None:
        """Lets the clients finish what they are at. A mistake of the harness itself comes out here."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(3 * self.timeout_seconds)
        if self.errors:
            raise self.errors[0]

    def _guarded(self, work: Callable) -> None:
        try:
            work()
        except BaseException as error:
            self.errors.append(error)

    def _client(self, n: int) -> None:
        rng = random.Random(f"{self.seed}-{n}")
        wire, other = (self.shop.wire(port=self.port, timeout_seconds=self.timeout_seconds) for _ in range(2))
        number = 0
        with ThreadPoolExecutor(1) as twin:
            while not self.stopping.is_set():
                number += 1
                deed = self._next(rng, f"{n}-{number}")
                self.history.deeds.append(deed)
                second = twin.submit(send, deed, other) if rng.randrange(100) < TWICE_PERCENT else None
                answer = send(deed, wire)
                if second:
                    second.result()
                self.targets.add(deed)
                if answer.status == 0:
                    # Nobody there: it will be some moments, and every further try would be one more to clear up.
                    self.stopping.wait(0.2)
        wire.close()
        other.close()

    def _reader(self) -> None:
        wire = self.shop.wire(port=self.port, timeout_seconds=self.timeout_seconds)
        while not self.stopping.is_set():
            for member in self.shop.members:
                self.history.reads.append((member, self.shop.balance(member, wire=wire)))
            self.stopping.wait(0.02)
        wire.close()

    def _next(self, rng: random.Random, key: str) -> Deed:
        (kind,) = rng.choices(list(KINDS), KINDS.values())
        member, points = rng.choice(self.shop.members), rng.randint(1, 60)
        is_later = kind in ("earn", "redeem") and rng.randrange(100) < LATER_PERCENT
        if kind == "claim":
            path = f"/api/offers/{REWARD}/claim"
            return Deed(kind, member, path, {"member_id": member}, key, -COST)
        if kind == "exchange":
            given = {"member_id": member, "from_program_id": self.shop.program, "to_program_id": self.shop.partner}
            return Deed(kind, member, "/api/exchanges", given | {"from_amount": points}, key, -points)
        if kind in ("end_hold", "return", "reverse", "use"):
            deed = self._follow_up(rng, kind, key, points)
            if deed:
                return deed
            kind = "earn"
        given = {"program_id": self.shop.program}
        if kind == "earn":
            given |= {"amount": f"{points}.00", "currency": "EUR", "reference": f"receipt-{key}"}
        elif kind == "deposit":
            given |= {"amount": points, "reason": key}
        else:
            given |= {"points": points, "description": key}
        signed = points if kind in ("earn", "deposit") else -points
        path = f"/api/members/{member}/{'holds' if kind == 'hold' else kind}"
        return Deed(kind, member, path, given, key, signed, is_later=is_later)

    def _follow_up(self, rng: random.Random, kind: str, key: str, points: int) -> Deed | None:
        """A deed about an earlier one, which was acknowledged to somebody."""
        wanted = {"end_hold": ["hold"], "return": ["earn"], "reverse": ["earn", "redeem"], "use": ["claim"]}[kind]
        target = self.targets.take(rng, *wanted, keep=kind in ("return", "use"))
        if target is None:
            return None
        if kind == "use":
            return Deed(kind, target.member, f"/api/vouchers/{target.outcome['id']}/redeem", {}, key, 0, target)
        path = f"/api/transactions/{target.outcome['id']}/{kind}"
        if kind == "reverse":
            given, signed = {"reason": key}, -target.points if target.kind == "redeem" else None
        elif kind == "return":
            points = min(points, target.points)
            given, signed = {"reference": f"return-{key}", "amount": f"{points}.00"}, -points
        else:
            kind, held = rng.choice(["capture", "release"]), -target.points
            points = min(points, held)
            given, signed = ({"points": points}, held - points) if kind == "capture" else ({}, held)
            path = f"/api/holds/{target.outcome['id']}/{kind}"
        return Deed(kind, target.member, path, given, key, signed, target)


def send(deed: Deed, wire):
    """Sends the deed once more and writes down the answer."""
    answer = wire.send("POST", deed.path, deed.body, deed.headers())
    deed.answers.append(answer)
    return answer


def settle(stand: Stand, load: Load, *, seconds: float = SETTLE_SECONDS_MAX) -> None:
    """Sends every deed whose end is open again, with its key, until it is definite or the time is over; what the worker
    was given is asked after. The stand must be whole and quiet, so that no request that nobody waits for comes late."""
    deadline = time.monotonic() + seconds
    stand.wait_until_quiet()
    if any(deed.is_pending for deed in load.history.deeds):
        stand.let_half_a_minute_pass_for_jobs()
    while (left := load.history.open_ends()) and time.monotonic() < deadline:
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(_pursue_all, [left[n::CLIENTS] for n in range(CLIENTS)], [load.shop] * CLIENTS))
        wait_for(lambda: not load.history.open_ends(), 0.3)


def _pursue_all(deeds: list[Deed], shop: Shop) -> None:
    wire = shop.wire()
    for deed in deeds:
        if not deed.is_pending:
            send(deed, wire)
        if deed.is_pending:
            asked = shop.ask(deed.status_path, wire=wire)
            if asked.status == 200 and asked.body["status"] not in ("pending", "processing"):
                deed.told = asked.body
    wire.close()


def press(stand: Stand, *, seed: int, members: int = 2, deeds: int = 300) -> Load:
    """Many clients on few members until so much was asked for, settled as far as it goes; nothing is broken."""
    load = Load(stand.open_shop(members=members), seed=seed)
    with load:
        wait_for(lambda: len(load.history.deeds) > deeds, 30)
    settle(stand, load, seconds=5)
    return load
