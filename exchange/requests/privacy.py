"""What exchanges know of somebody: what they wanted quoted, what they exchanged and when. The figures stay under ids
that lead to nobody, as those of the ledger do; keys and what people wrote beside them go."""

from django.db import connection
from django.db.models import Q, QuerySet

from exchange.requests.cancelling import cancel_many, release_of
from exchange.requests.models import Exchange, ExchangeStep, Quote
from ledger.posting import Alongside, post
from loyalty import clock
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject
from programs.membership.errors import MembershipClosed

OF_BRAND = """(%(brand)s::uuid is null or exists (
  select from programs_program p where p.id in (x.from_program_id, x.to_program_id) and p.brand_id = %(brand)s))"""
# A key is used once, so one that goes leaves another in its place. Whoever sends a key that went is not known again.
KEYS = f"""
update exchange_exchange x set key = 'forgotten:' || x.id where {OF_BRAND} and x.key <> 'forgotten:' || x.id
  and (x.member_id = %(member)s or x.key ilike any(%(patterns)s::text[]))
"""
NOTES = f"""
update exchange_exchangestep s set note = '' from exchange_exchange x where x.id = s.exchange_id and {OF_BRAND}
  and s.note <> '' and (x.member_id = %(member)s or s.note ilike any(%(patterns)s::text[]))
"""


def export(subject: Subject) -> Told:
    """Their quotes and exchanges, and what was unusual about these."""
    quotes, exchanges = _theirs(Quote, subject), _theirs(Exchange, subject)
    return {
        "quotes": rows_of(quotes.order_by("id")),
        "exchanges": rows_of(exchanges.order_by("id"), without=["fingerprint"]),
        "exchange_steps": rows_of(ExchangeStep.objects.filter(exchange__in=exchanges)),
    }


def erase(erasing: Erasing) -> Counts:
    """What waits is taken back before the points are forfeited, and what is being tried again fails, as it would
    without the membership; both sides' points stay where they were. The figures stay; keys go, and notes, those about
    other people's exchanges too where they name them."""
    subject = erasing.subject
    if subject.member:
        _end_open(subject, actor=erasing.actor)
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    with connection.cursor() as cursor:
        cursor.execute(NOTES, asked | {"patterns": erasing.traces.patterns})
        cursor.execute(KEYS, asked | {"patterns": erasing.traces.patterns})
        return {"exchanges": cursor.rowcount}


def _theirs(model, subject: Subject) -> QuerySet:
    """Their rows; of a brand those that have to do with one of its programs."""
    found = model.objects.filter(member=subject.member)
    if subject.brand is None:
        return found
    return found.filter(Q(from_program__brand=subject.brand) | Q(to_program__brand=subject.brand))


def _end_open(subject: Subject, *, actor: str) -> None:
    status = Exchange.Status
    found = _theirs(Exchange, subject).filter(status__in=[status.PENDING, status.PROCESSING]).order_by("id")
    waiting = list(found.select_for_update(of=("self",)))
    cancel_many([each for each in waiting if each.status == status.PENDING], actor=actor)
    now, tried = clock.now(), [each for each in waiting if each.status == status.PROCESSING]
    rows = [{"id": each.id, "at": now, "failure": MembershipClosed.code} for each in tried]
    moves = [release_of(each, actor=actor, at=now) for each in tried]
    post(moves, together=True, alongside=Alongside("exchange_settled", rows))


register(
    Room(
        name="exchanges",
        position=12,
        export=export,
        erase=erase,
        told={
            "exchange.Quote": "quotes",
            "exchange.Exchange": "exchanges",
            "exchange.ExchangeStep": "exchange_steps",
        },
        untold={"exchange.DayUsage": "sums of exchanges, told with them; opaque ids and days"},
    )
)
