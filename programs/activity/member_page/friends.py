"""Who brought a member into a program, and whom the member brought, for the member's page. Nothing is written here."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from loyalty.identity.models import Member
from programs.earning.models import Referral

NEWEST = 5


@dataclass(frozen=True, slots=True)
class Friends:
    """Who brought the member, the newest of those the member brought, and how many these are in all."""

    referrer: Member | None = None
    newest: tuple[Member, ...] = ()
    total: int = 0

    @property
    def others(self) -> int:
        return self.total - len(self.newest)


def friends_of(member_id: UUID, program_ids: Iterable[UUID]) -> dict[UUID, Friends]:
    """By program, where there is anybody. Two queries."""
    known = Referral.objects.filter(program__in=list(program_ids))
    came = {one.program_id: one.referrer for one in known.filter(friend=member_id).select_related("referrer")}
    within = {"partition_by": F("program_id")}
    brought = known.filter(referrer=member_id).annotate(
        total=Window(Count("id"), **within), place=Window(RowNumber(), order_by=("-created_at", "-id"), **within)
    )
    newest: dict[UUID, list[Referral]] = {}
    for one in brought.filter(place__lte=NEWEST).select_related("friend").order_by("place"):
        newest.setdefault(one.program_id, []).append(one)
    found = {}
    for program_id in came.keys() | newest.keys():
        own = newest.get(program_id, [])
        total = own[0].total if own else 0
        found[program_id] = Friends(came.get(program_id), tuple(one.friend for one in own), total)
    return found
