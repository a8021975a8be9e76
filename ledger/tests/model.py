"""The ledger once more in plain Python: dicts and lists, no database. Written from the words, not from the SQL, and
driven beside the real thing by tests. Times are days of the story; points are whole."""

from copy import deepcopy
from dataclasses import dataclass, field

NEVER = 10**9
RELEASED = 10**8  # pending until released
GONE = ("redeem", "gift_out", "exchange_out")


class Refused(Exception):
    """The model's refusal; `code` as the ledger's."""

    def __init__(self, code: str):
        self.code = code


@dataclass(eq=False)
class Parcel:
    """A lot."""

    points: int
    remaining: int
    granted: float
    available: float
    expires: float
    number: int = 0
    returned: int = 0
    hops: int = 0
    changes: list = field(default_factory=list)  # (deed, "available" | "expires", before, after)

    def then(self, what: str, seen: list) -> float:
        """When the points counted or were gone, as it was after these deeds."""
        changes = [change for change in self.changes if change[1] == what]
        after = [change[3] for change in changes if change[0] in seen]
        if after:
            return min(after) if what == "available" else max(after)
        return changes[0][2] if changes else getattr(self, what)

    def order(self):
        return (self.expires, self.granted, self.number)


@dataclass(eq=False)
class Deed:
    """A posting: what it did to the balance, to each lot (taken, or given back if negative) and to the debt. `parcels`
    are the lots it made, `undone` says what it took back of each lot of its target, from wherever."""

    kind: str
    points: int
    at: float
    name: object = None
    target: "Deed | None" = None
    shortfall: int = 0
    balance_after: int = 0
    uses: list[tuple[Parcel, int]] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    undone: list[tuple[Parcel, int]] = field(default_factory=list)
    hold_until: float | None = None
    hold_points: int = 0
    captured: int = 0
    matured: int = 0
    is_open_hold: bool = False


@dataclass
class View:
    """What an account holds, as `ledger.selectors.BalanceView` says it."""

    posted: int
    available: int
    pending: int
    held: int
    debt: int
    earned: int
    redeemed: int
    expiring: list[tuple[int, float]]


class Purse:
    """One member's account."""

    def __init__(self, debt_max: int = 1000):
        self.debt_max = debt_max
        self.debt = 0
        self.parcels: list[Parcel] = []
        self.deeds: list[Deed] = []
        self.answers: dict[str, tuple[object, Deed]] = {}

    # What it holds

    @property
    def posted(self) -> int:
        return sum(parcel.remaining for parcel in self.parcels) - self.debt

    @property
    def held(self) -> int:
        return sum(deed.hold_points for deed in self.deeds if deed.is_open_hold)

    @property
    def earned(self) -> int:
        given = sum(d.points for d in self.deeds if d.parcels)
        undone = sum(d.shortfall - d.points for d in self.deeds if d.target and d.target.parcels)
        return given - undone

    @property
    def redeemed(self) -> int:
        burned = -sum(d.points for d in self.deeds if d.kind in GONE)
        undone = sum(d.points for d in self.deeds if d.kind == "reverse" and d.target.kind == "redeem")
        return burned - undone + sum(d.captured for d in self.deeds)

    def view(self, at: float) -> View:
        """What is there at that time, once what time calls for has been done."""
        then = deepcopy(self)
        then.touch(at)
        pending = sum(p.remaining for p in then.parcels if p.available > at)
        live = [p for p in then.parcels if p.available <= at and p.remaining]
        return View(
            posted=then.posted,
            available=sum(p.remaining for p in live),
            pending=pending,
            held=then.held,
            debt=then.debt,
            earned=then.earned,
            redeemed=then.redeemed,
            expiring=_by_expiry(live),
        )

    def view_as_of(self, at: float, known: int) -> View:
        """The first `known` deeds, those that happened before `at`, and what time alone had done by then."""
        seen = [deed for deed in self.deeds[:known] if deed.at < at]
        posted = sum(deed.points for deed in seen)
        left = {parcel: parcel.points for deed in seen for parcel in deed.parcels}
        for deed in seen:
            for parcel, points in deed.uses:
                if parcel in left:
                    left[parcel] -= points
        owed = max(-posted, 0)
        ends = {deed.target for deed in seen if deed.kind in ("capture", "release", "exchange_out")}
        holds = [deed for deed in seen if deed.hold_until is not None and deed not in ends]
        for hold in sorted((h for h in holds if h.hold_until <= at), key=lambda h: h.hold_until):
            posted += hold.hold_points
            for parcel, points in sorted(hold.uses, key=lambda use: use[0].order()):
                paid = min(owed, points)
                owed -= paid
                if parcel in left:
                    left[parcel] += points - paid
        left = {parcel: max(points, 0) for parcel, points in left.items()}
        posted -= sum(points for parcel, points in left.items() if parcel.then("expires", seen) <= at)
        left = {parcel: points for parcel, points in left.items() if parcel.then("expires", seen) > at and points}
        pending = sum(points for parcel, points in left.items() if parcel.then("available", seen) > at)
        live = [_left(p, n, p.then("expires", seen)) for p, n in left.items() if p.then("available", seen) <= at]
        undone = sum(d.shortfall - d.points for d in seen if d.target and d.target.parcels)
        redeemed = -sum(d.points for d in seen if d.kind in GONE) + sum(d.captured for d in seen)
        return View(
            posted=posted,
            available=max(posted - pending, 0),
            pending=pending,
            held=sum(hold.hold_points for hold in holds if hold.hold_until > at),
            debt=max(pending - posted, 0),
            earned=sum(d.points for d in seen if d.parcels) - undone,
            redeemed=redeemed - sum(d.points for d in seen if d.kind == "reverse" and d.target.kind == "redeem"),
            expiring=_by_expiry(live),
        )

    # What time does

    def touch(self, at: float, *, but: Deed | None = None) -> None:
        """Holds that ran out go back, one after the other, and lots that lapsed are emptied, each dated when it did."""
        due = [deed for deed in self.deeds if deed.is_open_hold and deed.hold_until <= at and deed is not but]
        for hold in sorted(due, key=lambda deed: deed.hold_until):
            self._lapse(hold.hold_until)
            self._end_hold(hold, "release", 0, hold.hold_until)
        self._lapse(at)

    def _lapse(self, at: float, dated: float | None = None) -> None:
        due = [p for p in self.parcels if p.remaining and p.expires <= at]
        for expires in sorted({p.expires for p in due}):
            uses = [(p, p.remaining) for p in due if p.expires == expires]
            self._write(Deed("expire", -sum(n for _, n in uses), expires if dated is None else dated, uses=uses))

    # What people do

    def act(self, kind: str, at: float, key: str, asked: object, *, extend: float = 0, **how) -> tuple[str, Deed]:
        """Does it, or answers as before where the key came before; raises Refused. What is done keeps the other points
        that are there, or were until it spent them, at least until `extend`."""
        self.touch(at, but=how["target"] if kind in ("capture", "release") else None)
        if key in self.answers:
            first, deed = self.answers[key]
            if first != asked:
                raise Refused("idempotency-key-reused")
            return "replayed", deed
        deed = getattr(self, kind)(at=at, **how)
        self.answers[key] = (asked, deed)
        spent = [parcel for parcel, n in deed.uses if deed.kind in ("redeem", "hold", "adjust", "gift_out")]
        for parcel in self.parcels:
            is_there = (parcel.remaining or parcel in spent) and parcel not in deed.parcels
            if is_there and at < parcel.expires < extend:
                parcel.changes.append((deed, "expires", parcel.expires, extend))
                parcel.expires = extend
        return "posted", deed

    def earn(self, points: int, at: float, *, expires=NEVER, pending=None, lots=(), kind="earn", hops=0) -> Deed:
        """`lots` are (points, pending until, expires), which sum to the points; without them it is one."""
        if self.posted + points > 9 * 10**15:
            raise Refused("balance-limit")
        owed, made, uses = self.debt, [], []
        for size, available, ends in lots or ([(points, pending, expires)] if points else []):
            parcel = Parcel(size, size, at, at if available is None else available, ends, len(self.parcels), hops=hops)
            self.parcels.append(parcel)
            made.append(parcel)
            if paid := min(owed, size):
                owed -= paid
                uses.append((parcel, paid))
        return self._write(Deed(kind, points, at, parcels=made, uses=uses), paid=self.debt - owed)

    def deposit(self, points: int, at: float, *, lots=()) -> Deed:
        return self.earn(points, at, lots=lots, kind="deposit")

    def adjust(self, points: int, at: float) -> Deed:
        return self.earn(points, at, kind="adjust") if points > 0 else self.redeem(-points, at, kind="adjust")

    def redeem(self, points: int, at: float, kind="redeem") -> Deed:
        uses = self._next(points, at)
        if sum(n for _, n in uses) < points:
            raise Refused("insufficient-points")
        return self._write(Deed(kind, -points, at, uses=uses))

    def gift_in(self, points: int, at: float, **life) -> Deed:
        return self.earn(points, at, kind="gift_in", **life)

    def gift_out(self, points: int, at: float, *, hops_max: int) -> Deed:
        if sum(n for _, n in self._next(points, at)) < points:
            raise Refused("insufficient-points")
        uses = self._next(points, at, hops_max=hops_max)
        if sum(n for _, n in uses) < points:
            raise Refused("hop-limit")
        return self._write(Deed("gift_out", -points, at, uses=uses))

    def exchange_out(self, target: Deed, at: float) -> Deed:
        return self._end_hold(target, "exchange_out", target.hold_points, at)

    def hold(self, points: int, at: float, *, until: float) -> Deed:
        deed = self.redeem(points, at, kind="hold")
        deed.hold_until, deed.hold_points, deed.is_open_hold = until, points, True
        return deed

    def capture(self, target: Deed, at: float, *, points: int = 0) -> Deed:
        return self._end_hold(target, "capture", points or target.hold_points, at)

    def release(self, target: Deed, at: float) -> Deed:
        return self._end_hold(target, "release", 0, at)

    def mature(self, target: Deed, at: float) -> Deed:
        """What is still pending of it counts from now on."""
        if target.kind not in ("earn", "deposit", "adjust"):
            raise Refused("not-found")
        deed = self._write(Deed("mature", 0, at, target=target))
        for parcel in target.parcels:
            since = max(at, parcel.granted)
            if parcel.remaining and parcel.available > since:
                deed.matured += parcel.remaining
                parcel.changes.append((deed, "available", parcel.available, since))
                parcel.available = since
        return deed

    def reverse(self, target: Deed, at: float, *, policy: str = "debt") -> Deed:
        self._check_undo(target, "reverse")
        if target.parcels or target.points == 0:
            return self._take_back("reverse", target, [parcel.points for parcel in target.parcels], at, policy)
        return self._give_back("reverse", target, -target.points, at)

    def give_back(self, target: Deed, at: float, *, points: int = 0, targets=None, policy: str = "debt") -> Deed:
        """A return: so many of the original's points, or of each of its lots, should have come back by now."""
        self._check_undo(target, "return")
        if targets is None:
            targets = self._spread(target, min(points, target.points))
        return self._take_back("return", target, targets, at, policy)

    # How

    def _check_undo(self, target: Deed, kind: str) -> None:
        kinds = ("earn",) if kind == "return" else ("earn", "deposit", "adjust", "redeem")
        if target.kind not in kinds:
            raise Refused("not-reversible")
        if any(deed.kind == "reverse" and deed.target is target for deed in self.deeds):
            raise Refused("already-reversed")

    def _next(self, points: int, at: float, *, pending_too=False, hops_max: float = NEVER) -> list[tuple[Parcel, int]]:
        """From which lots so many points come: what expires soonest first, then the oldest; pending ones last."""
        ready = sorted((p for p in self.parcels if p.available <= at), key=Parcel.order)
        pending = sorted((p for p in self.parcels if p.available > at), key=Parcel.order) if pending_too else []
        uses = []
        for parcel in [*ready, *pending]:
            if parcel.hops < hops_max and (taken := min(parcel.remaining, points)) > 0:
                uses.append((parcel, taken))
                points -= taken
        return uses

    def _give_back(self, kind: str, target: Deed, points: int, at: float, **more) -> Deed:
        """Debt first; the rest to the lots it came from, those that last longest first; what lapsed goes at once."""
        paid = min(self.debt, points)
        rest, uses = points - paid, []
        for parcel, taken in sorted(target.uses, key=lambda use: use[0].order(), reverse=True):
            if back := min(taken, rest):
                uses.append((parcel, -back))
                rest -= back
        deed = self._write(Deed(kind, points, at, target=target, uses=uses, **more), paid=paid)
        if points:
            self._lapse(at, dated=at)
        return deed

    def _end_hold(self, hold: Deed, kind: str, captured: int, at: float) -> Deed:
        if hold.hold_until is None:
            raise Refused("not-found")
        if not hold.is_open_hold:
            raise Refused("hold-resolved")
        if kind == "capture" and hold.hold_until <= at:
            raise Refused("hold-expired")
        if captured > hold.hold_points:
            raise Refused("capture-exceeds-hold")
        hold.is_open_hold = False
        return self._give_back(kind, hold, hold.hold_points - captured, at, captured=captured)

    def _spread(self, target: Deed, points: int) -> list[int]:
        """Lot by lot, of what is not spread yet the share that the lot has of itself and those after it, rounded down.
        Where some lots gave back more than that, the others give back no more than is missing of the sum."""
        targets, room = [], points - sum(parcel.returned for parcel in target.parcels)
        for n, parcel in enumerate(target.parcels):
            share = points * parcel.points // sum(other.points for other in target.parcels[n:])
            points -= share
            more = min(max(share - parcel.returned, 0), max(room, 0))
            room -= more
            targets.append(parcel.returned + more)
        return targets

    def _take_back(self, kind: str, target: Deed, targets: list[int], at: float, policy: str) -> Deed:
        wanted = [
            max(min(total, parcel.points) - parcel.returned, 0)
            for parcel, total in zip(target.parcels, targets, strict=True)
        ]
        own, spent = [], []
        for parcel, points in zip(target.parcels, wanted, strict=True):
            may = policy != "only_pending" or parcel.available > at
            own.append(min(parcel.remaining, points) if may else 0)
            gone = 0 if policy == "only_pending" else max(self._spent_of(parcel), 0)
            spent.append(min(points - own[-1], gone))
        there = sum(parcel.remaining for parcel in self.parcels) - sum(own)
        if policy == "refuse" and there < sum(spent):
            raise Refused("insufficient-points")
        if policy == "debt" and there < sum(spent) and self.posted - sum(own) - sum(spent) < -self.debt_max:
            raise Refused("insufficient-points")
        uses, undone, owed = [], [], 0
        for parcel, points, more in zip(target.parcels, own, wanted, strict=True):
            parcel.returned += more
            self._use(uses, [(parcel, points)])
        for parcel, mine, gone in zip(target.parcels, own, spent, strict=True):
            others = self._next(gone, at, pending_too=True)
            self._use(uses, others)
            missing = gone - sum(n for _, n in others) if policy == "debt" else 0
            owed += missing
            undone.append((parcel, mine + sum(n for _, n in others) + missing))
        taken = sum(points for _, points in undone)
        self.debt += owed
        deed = Deed(kind, -taken, at, target=target, shortfall=sum(wanted) - taken, uses=uses, undone=undone)
        deed.balance_after = self.posted
        self.deeds.append(deed)
        return deed

    def _spent_of(self, parcel: Parcel) -> int:
        """Points that left the lot but by expiry, less those that returns took back for it, from it or elsewhere."""
        gone = sum(n for deed in self.deeds for used, n in deed.uses if used is parcel and deed.kind != "expire")
        return gone - sum(n for deed in self.deeds for undone, n in deed.undone if undone is parcel)

    def _use(self, uses: list, taken: list[tuple[Parcel, int]]) -> None:
        for parcel, points in taken:
            if points:
                parcel.remaining -= points
                uses.append((parcel, points))

    def _write(self, deed: Deed, *, paid: int = 0) -> Deed:
        for parcel, points in deed.uses:
            parcel.remaining -= points
        self.debt -= paid
        deed.balance_after = self.posted
        self.deeds.append(deed)
        return deed


def _left(parcel: Parcel, points: int, expires: float) -> Parcel:
    return Parcel(parcel.points, points, parcel.granted, parcel.available, expires)


def _by_expiry(parcels: list[Parcel]) -> list[tuple[int, float]]:
    sums: dict[float, int] = {}
    for parcel in parcels:
        sums[parcel.expires] = sums.get(parcel.expires, 0) + parcel.remaining
    return sorted(((n, expires) for expires, n in sums.items() if expires < NEVER), key=lambda pair: pair[1])
