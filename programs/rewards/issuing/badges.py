"""Badges that rules gave a member: each once, with how often it was given. They stay, whatever comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Max, Min

from loyalty.errors import Invalid
from loyalty.http.pagination import Place
from loyalty.identity.models import Member
from loyalty.identity.principals import Principal
from programs.membership.selectors import find_program
from programs.rewards.issuing.models import Grant

PERMISSION = "transactions.view"


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge of a program, by its code there. `number` is that of the first time it was given."""

    number: int
    badge: str
    program_id: UUID
    program_code: str
    times: int
    first_at: datetime
    last_at: datetime


def badges_of(
    principal: Principal, member: Member, *, program: str | None = None
) -> Callable[[Place, int], list[Badge]]:
    """How to read on in a member's badges, those got last first, of the brands where the principal may see what members
    earned, or their own. One query a page. Refusals: NotFound (program)."""
    found = Grant.objects.filter(member=member, kind=Grant.Kind.BADGE).exclude(outcome=Grant.Outcome.REFUSED)
    brands = principal.brands_where(PERMISSION)
    if brands is not None and principal.member_id != member.pk:
        found = found.filter(program__brand__in=brands)
    if program:
        found = found.filter(program=find_program(principal, program))
    each = found.values("program_id", badge=F("code"), program_code=F("program__code")).annotate(
        number=Min("id"), times=Count("id"), first_at=Min("occurred_at"), last_at=Max("occurred_at")
    )

    def fetch(place: Place, limit: int) -> list[Badge]:
        rows = each.order_by("number" if place.backwards else "-number")
        if place.values:
            rows = rows.filter(**{"number__gt" if place.backwards else "number__lt": _number(place)})
        return [Badge(**row) for row in rows[:limit]]

    return fetch


def _number(place: Place) -> int:
    if len(place.values) == 1 and place.values[0].isascii() and place.values[0].isdigit() and len(place.values[0]) < 19:
        return int(place.values[0])
    detail = "Take the cursor from `next` or `previous` as it is."
    raise Invalid([{"pointer": "/cursor", "code": "invalid-format", "detail": detail}])
