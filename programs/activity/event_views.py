"""The address where other systems tell what members did."""

from typing import Annotated, Any

from msgspec import Meta

from ledger.errors import AccountClosed, BalanceLimit
from loyalty.errors import Invalid, LoyaltyError, NotFound
from loyalty.http.idempotency import REPLAYED
from loyalty.http.schema import operation
from loyalty.http.shapes import Answer, Moment, Shape, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.errors import ScopeMissing
from programs.activity import answers
from programs.activity.docs import AT, PLACED, TRANSACTION_EXAMPLE
from programs.activity.errors import MembershipRequired
from programs.activity.happenings import OWN, EventRequest, record_events
from programs.activity.limits_busy import LimitsBusy
from programs.activity.places import Names
from programs.membership.models import Program

SPECVERSION = "1.0"
PROGRAMS_MAX = 50


class CloudEvent(Shape):
    """An event in the structured form of CloudEvents 1.0. `subject` is the member, by id or external id. Without
    `programid` it counts in every active program of the brand in which the member takes part."""

    specversion: Annotated[str, Meta(examples=[SPECVERSION])]
    id: Annotated[str, Meta(min_length=1, max_length=200, description="The sender's own: told twice, it counts once.")]
    source: Annotated[str, Meta(min_length=1, max_length=200, examples=["/shop/reviews"])]
    type: Annotated[str, Meta(min_length=1, max_length=64, examples=["review.written"])]
    subject: Annotated[str, Meta(min_length=1, max_length=200, examples=["USR-001"])]
    time: Moment | None = None
    programid: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    datacontenttype: Annotated[str, Meta(max_length=80)] | None = None
    dataschema: Annotated[str, Meta(max_length=400)] | None = None
    data: dict[str, Any] = {}


class EventAnswer(Answer):
    """What the event gave: a transaction for each program in which it counted, also where no rule gave anything."""

    id: str
    source: str
    type: str
    transactions: list[answers.TransactionAnswer]


REFUSALS = (*PLACED, AccountClosed, BalanceLimit, LimitsBusy)
EXAMPLES = {
    "request": {
        "specversion": SPECVERSION,
        "id": "review-77",
        "source": "/shop/reviews",
        "type": "review.written",
        "subject": "USR-001",
        "time": AT,
        "data": {"text_length": 180, "verified_purchase": True},
    },
    201: {
        "id": "review-77",
        "source": "/shop/reviews",
        "type": "review.written",
        "transactions": [TRANSACTION_EXAMPLE | {"points": 20, "reference": "", "source": "/shop/reviews"}],
    },
}


class EventsView(ApiView):
    """What members did, told by other systems."""

    @operation(
        "Tell what a member did",
        id="events_add",
        tags="Events",
        allow="events.add",
        request=CloudEvent,
        answers={201: EventAnswer},
        problems=(NotFound, ScopeMissing, *REFUSALS),
        examples=EXAMPLES,
    )
    def post(self, request):
        """Takes in an event (CloudEvents 1.0, structured mode) and gives what rules with the trigger "event:<type>"
        give for it. The same source and id again answers the first answer."""
        told = read(request, CloudEvent)
        _refuse_what_is_none(told)
        given = record_events(self.principal, [_asked(told, program) for program in _programs(self.principal, told)])
        done = _done(given)
        headers = REPLAYED if all(one.is_replayed for one in done) else None
        transactions = [answers.transaction_answer(one) for one in done]
        answer = EventAnswer(id=told.id, source=told.source, type=told.type, transactions=transactions)
        return reply(answer, 201, headers)


def _refuse_what_is_none(told: CloudEvent) -> None:
    mistakes = []
    if told.specversion != SPECVERSION:
        mistakes.append(("/specversion", "unknown-version", f"Only CloudEvents {SPECVERSION} are read here."))
    if told.type in OWN:
        mistakes.append(("/type", "reserved", f"{told.type} is told by the system itself."))
    if mistakes:
        raise Invalid([{"pointer": at, "code": code, "detail": detail} for at, code, detail in mistakes])


def _asked(told: CloudEvent, program: str) -> EventRequest:
    return EventRequest(
        names=Names(program, told.subject), type=told.type, source=told.source, reference=told.id,
        occurred_at=told.time, data=told.data,
    )  # fmt: skip


def _programs(principal, told: CloudEvent) -> list[str]:
    """The programs in which it may count. Refusals: NotFound (none at all)."""
    if told.programid:
        return [told.programid]
    active = Program.objects.filter(status=Program.Status.ACTIVE, brand__in=principal.brand_ids or ())
    found = [str(pk) for pk in active.order_by("code").values_list("pk", flat=True)[:PROGRAMS_MAX]]
    if not found:
        raise NotFound("Name the program: there is none that this could count in.", pointer="/programid")
    return found


def _done(given: list) -> list:
    """What was written down; where the member takes part in none of the programs, or one of them refuses, the
    refusal is raised."""
    done = [one for one in given if not isinstance(one, LoyaltyError)]
    others = [one for one in given if isinstance(one, LoyaltyError) and not isinstance(one, MembershipRequired)]
    if others or not done:
        raise (others or given)[0]
    return done
