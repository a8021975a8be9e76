"""The addresses where other systems tell what happened, and where people see what became of it."""

import logging
from collections.abc import Mapping

from django.conf import settings

from loyalty import clock
from loyalty.delivery.log.views import LogView
from loyalty.errors import Invalid, LoyaltyError
from loyalty.http import parsers, throttling
from loyalty.http.idempotency import REPLAYED
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import as_uuid
from programs.activity.happenings import OWN
from programs.activity.inbound import docs, mending, selectors, serializers
from programs.activity.inbound.adapters import adapter_of
from programs.activity.inbound.cloudevents import read_events
from programs.activity.inbound.errors import SignatureInvalid
from programs.activity.inbound.intake import Taken, take_in, take_in_all
from programs.activity.inbound.models import EventSource
from programs.membership.selectors import find_program

BRAND = "brandid"
DONE = "done"
_log = logging.getLogger(__name__)


class EventsView(LogView):
    """What other systems tell; and the log of all that happened here."""

    def program_id(self, ref):
        return find_program(self.principal, ref).id

    @operation("Tell what happened elsewhere", **docs.TELL)
    def post(self, request):
        """Takes in an event (CloudEvents 1.0: structured, binary or a batch) once by its source and id, and does what
        it means to the brand: by its mappings, and without one `guest.registered` enrols, `order.paid` earns,
        `order.returned` takes back, and a kind of event that rules ask about gives what they give. 201: it is done.
        202: it waits for what it needs (say, a member who is not known yet), failed and is to be mended, or nobody
        knows its type; see `/api/events/in`. The same source and id again answers what became of it. Besides
        `events:write` a key needs the scope of what the event does."""
        raw = parsers.raw_body(request._request)
        told = read_events(_headers(request), raw)
        _refuse_own(told)
        if isinstance(told, tuple):
            return _batch_reply([self._taken_or_refused(one) for one in told])
        return _single_reply(self._taken(told[0]))

    def _taken(self, told) -> Taken:
        brand = told.extensions.get(BRAND)
        at = selectors.brand_of(self.principal, program=told.program, brand=None if brand is None else str(brand))
        return take_in(at, told, principal=self.principal)

    def _taken_or_refused(self, told):
        try:
            return _answer(self._taken(told))
        except LoyaltyError as refusal:
            return serializers.refused_answer(told, refusal)


class EventSourceInView(ApiView):
    """What a system sends that signs it."""

    public = True

    @operation("Send what happened, signed", **docs.SEND)
    def post(self, request, event_source):
        """For systems that cannot have a server key: the source's secret signs what it sends, as Standard Webhooks says
        (`webhook-id`, `webhook-timestamp`, `webhook-signature`), or as Shopify and Square do. What was signed more than
        five minutes ago is refused, as is what comes for a source that there is not. Each event is taken in once by its
        source and id."""
        throttling.limit_address(request, "event-source", settings.EVENT_SOURCE_RATE)
        found = _active_source(event_source)
        raw, headers = parsers.raw_body(request._request), _headers(request)
        adapter = _verified(found, headers, raw)
        throttling.limit_by(request, "event-source", str(found.id), settings.EVENT_SOURCE_RATE)
        taken = take_in_all(found.brand_id, adapter.told(found, headers, raw), sender=found)
        return reply({"events": [serializers.taken_answer(one.event) for one in taken]}, 202)


class InboundEventsView(ApiView):
    """What other systems told."""

    @operation("List events that were taken in", **docs.LIST)
    def get(self, request):
        """The newest first, without what they say. `status=failed` are those that somebody has to mend."""
        found = self._asked_for(request)
        return reply(page(request, found, render=serializers.inbound_answer))

    @operation("Mend many events that were taken in", **docs.MEND)
    def post(self, request):
        """Tries again or discards what the same address lists, as far as it is open: so many at a time, the oldest
        first, each for itself. Without `status` these are the ones that failed."""
        body = read(request, serializers.MendMany)
        permission = f"inbound_events.{body.act}"
        if sender_id := query(request, serializers.InboundFilters).sender_id:
            selectors.find_source(self.principal, str(sender_id), permission)
        found = self._asked_for(request, status="failed", permission=permission)
        mended = mending.mend_many(self.principal, found, act=body.act, after=body.after, limit=body.limit)
        return reply(serializers.MendedAnswer(tried=mended.tried, done=mended.done, next=mended.next))

    def _asked_for(self, request, *, status: str = "", **more):
        asked = query(request, serializers.InboundFilters)
        return selectors.visible_events(
            self.principal, status=asked.status or status, type=asked.type or "", source=asked.source or "",
            sender=asked.sender_id, **more,
        )  # fmt: skip


class UnknownTypesView(ApiView):
    """What other systems tell that means nothing here yet."""

    @operation("List unknown types of events", **docs.UNKNOWN)
    def get(self, request):
        """How many events of each type were ignored, the most first. A mapping gives a type a meaning, and takes up
        what came before."""
        return reply([serializers.unknown_answer(one) for one in selectors.unknown_types(self.principal)])


class InboundEventView(ApiView):
    """One event of another system."""

    @operation("Show an event that was taken in", **docs.SHOW)
    def get(self, request, inbound):
        """With what it says."""
        return reply(serializers.whole_answer(selectors.find_event(self.principal, inbound)))

    @operation("Correct an event that was taken in", **docs.CORRECT)
    def patch(self, request, inbound):
        """Puts another content in its place and tries it again. Not any more once it is done."""
        found = selectors.find_event(self.principal, inbound, "inbound_events.correct")
        body = read(request, serializers.Correction)
        return reply(serializers.whole_answer(mending.correct(self.principal, found, body.event)))


class RetryView(ApiView):
    """An event that is tried again."""

    @operation("Try an event again", **docs.RETRY)
    def post(self, request, inbound):
        """One that waits, failed or was ignored: by what it means today."""
        read(request, serializers.ActOnEvent)
        found = selectors.find_event(self.principal, inbound, "inbound_events.retry")
        return reply(serializers.whole_answer(mending.retry(self.principal, found)))


class DiscardView(ApiView):
    """An event that is laid aside."""

    @operation("Discard an event", **docs.DISCARD)
    def post(self, request, inbound):
        """Nothing comes of it any more; told again, it is still known."""
        read(request, serializers.ActOnEvent)
        found = selectors.find_event(self.principal, inbound, "inbound_events.discard")
        return reply(serializers.whole_answer(mending.discard(self.principal, found)))


def _headers(request) -> Mapping[str, str]:
    return {name.lower(): value for name, value in request._request.headers.items()}


def _active_source(ref: str) -> EventSource:
    uuid = as_uuid(ref)
    found = uuid and EventSource.objects.filter(pk=uuid, is_active=True).first()
    if not found:
        raise SignatureInvalid()
    return found


def _verified(source: EventSource, headers: dict[str, str], raw: bytes):
    """The source's adapter, when the source signed it. Refusals: SignatureInvalid, in the same words as for a source
    that there is not, for the address is open to everybody; what is wrong stands in the log."""
    try:
        adapter = adapter_of(source)
        adapter.verify(source, headers, raw, clock.now())
    except SignatureInvalid as refusal:
        _log.info("source %s: %s", source.id, refusal.detail)
        raise SignatureInvalid() from None
    return adapter


def _refuse_own(told) -> None:
    """What only the system itself tells."""
    wrong = [(n, one) for n, one in enumerate(told) if one.type in OWN]
    if wrong:
        places = [(f"/{n}/type" if isinstance(told, tuple) else "/type", one.type) for n, one in wrong]
        raise Invalid(
            [
                {"pointer": at, "code": "reserved", "detail": f"{type} is told by the system itself."}
                for at, type in places
            ]
        )


def _answer(taken: Taken) -> serializers.EventAnswer:
    recorded = taken.recorded or selectors.transactions_of([taken.event])[taken.event.id]
    return serializers.event_answer(taken.event, recorded)


def _single_reply(taken: Taken):
    status = 201 if taken.event.status == DONE else 202
    return reply(_answer(taken), status, None if taken.is_new else REPLAYED)


def _batch_reply(events: list):
    status = 201 if all(one.status == DONE for one in events) else 202
    return reply(serializers.ToldBatchAnswer(events=events), status)
