"""Members who joined a program, told to its rules: by a job that is written down with the membership, where a rule asks
for it."""

import logging
from collections.abc import Iterable
from uuid import UUID

from loyalty.errors import LoyaltyError
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from programs.activity.happenings import EventRequest, record_events
from programs.activity.limits_busy import LimitsBusy
from programs.activity.places import Names
from programs.activity.records import Recorded
from programs.earning.rules.catalogue import JOINED
from programs.membership.models import Membership

SOURCE = "loyalty"
log = logging.getLogger(__name__)


def ourselves(name: str) -> Principal:
    """Who tells of what nobody else has to tell."""
    return Principal(kind="system", id=uuid7(), actor=f"system:{name}", is_operator=True)


def record_joined(membership_ids: Iterable[UUID]) -> list[Recorded]:
    """Gives what rules give for joining, for these memberships, at the moments when they began. Repeating it gives
    nothing again. Who cannot earn just now (suspended, a paused program) is passed over. Refusals: LimitsBusy."""
    found = Membership.objects.filter(pk__in=list(membership_ids)).order_by("program_id", "pk")
    return told(
        "joining",
        [
            EventRequest(
                names=Names(program=str(membership.program_id), member=str(membership.member_id)),
                type=JOINED,
                source=SOURCE,
                reference=str(membership.pk),
                occurred_at=membership.joined_at,
            )
            for membership in found
        ],
    )


def told(name: str, requests: list[EventRequest]) -> list[Recorded]:
    """The answers to what was recorded; what is refused for good is told in the log. Refusals: LimitsBusy."""
    answers = record_events(ourselves(name), requests) if requests else []
    for request, answer in zip(requests, answers, strict=True):
        if isinstance(answer, LoyaltyError):
            log.warning("%s %s: %s", request.type, request.reference, answer.code)
    if busy := next((answer for answer in answers if isinstance(answer, LimitsBusy)), None):
        raise busy
    return [answer for answer in answers if isinstance(answer, Recorded)]
