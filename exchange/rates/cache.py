"""The rates of all open pairs in the memory of each process: asked without a query, and read again when the database
tells that one changed, or when they were read too long ago. See `listening` for how stale they can be."""

import os
import threading
import time
from bisect import bisect_right
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from exchange.rates.arithmetic import Terms
from exchange.rates.listening import Listener
from loyalty import clock
from loyalty.identity.selectors import as_uuid

BACK = timedelta(minutes=1)
"""How far back rates are kept, for whoever took the time before they were read."""

READ = """
select coalesce(jsonb_agg(jsonb_build_object(
  'from_program', jsonb_build_object('id', f.id, 'code', f.code, 'name', f.name, 'brand_id', f.brand_id),
  'to_program', jsonb_build_object('id', t.id, 'code', t.code, 'name', t.name, 'brand_id', t.brand_id),
  'rate_max', a.rate_max::text, 'rates', r.rates, 'bonuses', b.bonuses)), '[]')::text
from exchange_agreement a
join programs_program f on f.id = a.from_program_id
join programs_program t on t.id = a.to_program_id
cross join lateral (
  select coalesce(jsonb_agg(to_jsonb(x) || jsonb_build_object('rate', x.rate::text, 'fee_percent', x.fee_percent::text)
                            order by x.valid_from), '[]') as rates
  from exchange_rate x
  where x.from_program_id = f.id and x.to_program_id = t.id and x.valid_from >= coalesce(
    (select max(y.valid_from) from exchange_rate y
     where y.from_program_id = f.id and y.to_program_id = t.id and y.valid_from <= %(since)s), '-infinity')) r
cross join lateral (
  select coalesce(jsonb_agg(to_jsonb(x) || jsonb_build_object('percent', x.percent::text)
                            order by x.percent desc, x.id), '[]') as bonuses
  from exchange_bonus x
  where x.from_program_id = f.id and x.to_program_id = t.id and x.ends_at > %(since)s) b
where a.status = 'active'
"""


class ProgramName(msgspec.Struct, frozen=True):
    """A program that a pair leads from or to."""

    id: UUID
    code: str
    name: str
    brand_id: UUID


class _Rate(msgspec.Struct, frozen=True):
    id: UUID
    rate: Decimal
    fee_percent: Decimal
    fee_points: int
    from_min: int
    from_step: int
    from_max: int | None
    member_daily_max: int | None
    pair_daily_max: int | None
    pending_hours: int
    is_open: bool
    valid_from: datetime


class _Bonus(msgspec.Struct, frozen=True):
    id: UUID
    percent: Decimal
    starts_at: datetime
    ends_at: datetime


class Pair(msgspec.Struct, frozen=True):
    """An agreed pair with its rates in the order in which they take over, and its bonuses, the highest first."""

    from_program: ProgramName
    to_program: ProgramName
    rate_max: Decimal | None
    rates: list[_Rate]
    bonuses: list[_Bonus]

    def terms_at(self, at: datetime) -> Terms | None:
        """What is in force at that moment; None before the first rate. Of bonuses that run at once the highest counts,
        not their sum."""
        place = bisect_right(self.rates, at, key=lambda rate: rate.valid_from)
        if not place:
            return None
        rate = self.rates[place - 1]
        bonus = next((bonus for bonus in self.bonuses if bonus.starts_at <= at < bonus.ends_at), None)
        return Terms(
            rate_id=rate.id,
            bonus_id=bonus.id if bonus else None,
            base_rate=rate.rate,
            bonus_percent=bonus.percent if bonus else Decimal(0),
            fee_percent=rate.fee_percent,
            fee_points=rate.fee_points,
            from_min=rate.from_min,
            from_step=rate.from_step,
            from_max=rate.from_max,
            member_daily_max=rate.member_daily_max,
            pair_daily_max=rate.pair_daily_max,
            pending_hours=rate.pending_hours,
            is_open=rate.is_open,
            rate_max=self.rate_max,
        )


_decoder = msgspec.json.Decoder(list[Pair])


class Reading:
    """The agreed pairs as they were at a moment of this process. `generation` is how often something had changed."""

    __slots__ = ("by_ids", "by_ref", "generation", "read_at")

    def __init__(self, found: str, *, generation: int, read_at):
        pairs = _decoder.decode(found)
        self.by_ids = {(pair.from_program.id, pair.to_program.id): pair for pair in pairs}
        self.by_ref = {(pair.from_program.id, pair.to_program.code): pair.to_program for pair in pairs}
        self.by_ref |= {(pair.from_program.id, pair.to_program.id): pair.to_program for pair in pairs}
        self.generation = generation
        self.read_at = read_at


class RateCache:
    """What one process knows. A request finds it there: the listening thread reads again when something changed, and
    regularly while somebody asks. Where that thread is late, or its connection is lost, the request reads itself."""

    def __init__(self):
        self._begin_anew()

    def _begin_anew(self) -> None:
        """A new process has neither the thread nor the locks of the one it was forked from, and what is known may be
        older than it seems."""
        self._reading: Reading | None = None
        self._generation = 0
        self._was_asked = False
        self._lock = threading.Lock()
        self._listener: Listener | None = None

    def current(self) -> Reading:
        """No query while what is known is fresh. What is read inside a transaction may never be committed, so it
        counts for this one question only."""
        self._was_asked = True
        reading = self._reading
        if reading is not None and self._is_fresh(reading):
            return reading
        if connection.in_atomic_block:
            return self._read(connection)
        with self._lock:
            reading = self._reading
            if reading is None or not self._is_fresh(reading):
                self._listen()
                reading = self._keep(self._read(connection))
        return reading

    def changed(self) -> None:
        """What was read before now is not believed any more."""
        self._generation += 1

    def reread(self, connected) -> None:
        """For the listening thread: keeps what it reads by its own connection, if anybody asked since the last time."""
        if self._was_asked:
            self._was_asked = False
            self._keep(self._read(connected))

    def age_seconds(self):
        return None if self._reading is None else time.monotonic() - self._reading.read_at

    def is_listening(self) -> bool:
        return self._listener is not None and self._listener.is_listening

    def stop(self) -> None:
        """Ends the thread and forgets everything."""
        if self._listener is not None:
            self._listener.stop()
        self._begin_anew()

    def _is_fresh(self, reading: Reading) -> bool:
        is_young = time.monotonic() - reading.read_at < settings.RATES_SECONDS_MAX
        return is_young and reading.generation == self._generation

    def _keep(self, reading: Reading) -> Reading:
        """The newer one of two that were read at once stays."""
        known = self._reading
        if known is None or known.read_at <= reading.read_at:
            self._reading = reading
        return reading

    def _read(self, connected) -> Reading:
        generation, read_at = self._generation, time.monotonic()
        with connected.cursor() as cursor:
            cursor.execute(READ, {"since": clock.now() - BACK})
            (found,) = cursor.fetchone()
        return Reading(found, generation=generation, read_at=read_at)

    def _listen(self) -> None:
        if self._listener is None or not self._listener.is_alive():
            self._listener = Listener(
                connection.get_connection_params(),
                changed=self.changed,
                reread=self.reread,
                every_seconds=settings.RATES_SECONDS_MAX / 2,
            )
            self._listener.start()


_cache = RateCache()
os.register_at_fork(after_in_child=_cache._begin_anew)


def terms_at(from_id: UUID, to_id: UUID, at: datetime) -> Terms | None:
    """The terms of the pair at a moment from now on; None for a pair that is not agreed on, has no rate yet or is
    closed then. No query."""
    pair = _cache.current().by_ids.get((from_id, to_id))
    terms = pair.terms_at(at) if pair else None
    return terms if terms is not None and terms.is_open else None


def pair_named(from_id: UUID, to_ref: str) -> ProgramName | None:
    """The program of this id or code that an agreed pair leads to from that one; None where there is none. No query."""
    return _cache.current().by_ref.get((from_id, as_uuid(to_ref) or to_ref))


def pairs() -> list[Pair]:
    """All agreed pairs. No query."""
    return list(_cache.current().by_ids.values())


def forget() -> None:
    """The next question reads anew, in this process."""
    _cache.changed()


def refresh() -> None:
    """Reads anew at once, in this process."""
    _cache.changed()
    _cache.current()


def age_seconds():
    """How long ago this process read the rates; None when it has not yet."""
    return _cache.age_seconds()


def is_listening() -> bool:
    """Whether this process hears of changes at once; it begins to when it is first asked."""
    return _cache.is_listening()


def stop() -> None:
    """Ends the listening of this process and forgets what it read. The next question begins anew."""
    _cache.stop()
