"""How many wrong codes somebody may send. Wrong ones are counted for each sender, each network address and each brand;
who sent too many waits, also with a right one. The counters lie in the database and are read together with the voucher,
so that a right code costs no write and no round trip more."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.db import connection, transaction

from loyalty import clock
from loyalty.events import log
from loyalty.http.refusals import TooMany
from loyalty.http.throttling import address_of, split_rate
from loyalty.identity.principals import Principal
from loyalty.sealed.ring import Ring, ring

DOUBTED = 3
"""Once a brand's budget is used up, who sent so many wrong codes in the same while waits; others go on: a stranger
cannot close all tills by guessing."""

COUNT = """
insert into programs_codeguesses as g (whose, count, until)
select whose, 1, %(now)s::timestamptz + seconds * interval '1 second'
from unnest(%(whose)s::text[], %(seconds)s::int[]) as x (whose, seconds) order by whose
on conflict (whose) do update set
  count = case when g.until <= %(now)s then 1 else g.count + 1 end,
  until = case when g.until <= %(now)s then excluded.until else g.until end
returning whose, count, until
"""
FORGET = """
delete from programs_codeguesses where whose in (
  select whose from programs_codeguesses where until < %(now)s::timestamptz - interval '1 hour'
  order by until limit 20 for update skip locked)
"""


def names_of(principal: Principal, address: str) -> dict[str, str]:
    """The counters that a wrong code of this principal from this network address ("" where there is none) counts in:
    {what for: its name}. Where a server stands says nothing of who types at it, so of keys no address is counted."""
    said = {principal.kind: principal.actor, "doubt": principal.actor}
    if address and not principal.is_key:
        said["address"] = address
    said |= {f"brand {brand_id}": str(brand_id) for brand_id in principal.brands}
    found = ring()
    return {scope: _name(found, f"{scope.partition(' ')[0]} {value}") for scope, value in said.items()}


@lru_cache(maxsize=4_096)
def _name(found: Ring, said: str) -> str:
    """A counter's name. The same tills ask all day."""
    return found.blind_index("guesses", said, scope="voucher")


def address_of_guesser(request) -> str:
    """The network address that wrong codes of whoever asks count for; of keys none does."""
    return "" if request.user.is_key else address_of(request)


def refuse_guessers(names: dict[str, str], counts: dict[str, tuple[int, datetime]]) -> None:
    """Refuses who has used up a budget; `counts` are the counters that run, by name. Refusals: TooMany."""
    until = None
    for scope, name in names.items():
        count, ends = counts.get(name, (0, None))
        if ends is None or scope == "doubt" or count < _rate(scope)[0]:
            continue
        if scope.startswith("brand") and counts.get(names["doubt"], (0, None))[0] < DOUBTED:
            continue
        until = max(until or ends, ends)
    if until is not None:
        seconds = max(-((clock.now() - until) // timedelta(seconds=1)), 1)
        raise TooMany(f"Too many wrong codes: wait {seconds} seconds.", retry_after=seconds)


@transaction.atomic
def count_wrong_code(principal: Principal, names: dict[str, str]) -> None:
    """Counts one wrong code, and where it uses up a budget writes the event voucher.guessing: once in each while, and
    without the code. In a transaction of the caller's that is rolled back it is not counted: look codes up before."""
    scopes = {name: scope for scope, name in names.items()}
    seconds = {name: _rate(scope)[1] for name, scope in scopes.items()}
    params = {"now": clock.now(), "whose": list(seconds), "seconds": list(seconds.values())}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, params)
        counted = cursor.fetchall()
        cursor.execute(FORGET, params)
    for name, count, until in counted:
        scope = scopes[name]
        if scope != "doubt" and count == _rate(scope)[0]:
            _alert(principal, scope, count, seconds[name], until)


def _rate(scope: str) -> tuple[int, int]:
    """(how many, in how many seconds) of a counter; the doubtful are counted as long as their brand."""
    kind = scope.partition(" ")[0]
    return split_rate(settings.VOUCHER_GUESSES["brand" if kind == "doubt" else kind])


def _alert(principal: Principal, scope: str, tries: int, seconds: int, until: datetime) -> None:
    kind, _, brand = scope.partition(" ")
    brands: Iterable = [brand_id for brand_id in principal.brands if not brand or str(brand_id) == brand] or [None]
    for brand_id in brands:
        log.record(
            "voucher.guessing",
            brand_id=brand_id,
            aggregate_id=brand_id or principal.id,
            member_id=None if brand_id else principal.member_id,
            data={
                "actor": principal.actor,
                "of": kind,
                "tries": tries,
                "seconds": seconds,
                "until": until.isoformat(),
            },
        )
