"""What can wait for a second person: each kind is registered by the room whose business it is, with the function that
carries it out once somebody agreed."""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.roles import is_known

KINDS: dict[str, "ApprovalKind"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalKind:
    """One kind: its name ("points.adjust"), what it is called, the permission that both who asks and who decides must
    have at the brand, what carries it out, what says in words whom or what it is about, for those who may know, and
    what says what would be different by now, where that moves on without anybody deciding."""

    name: str
    title: str
    permission: str
    carry_out: Callable[[dict, ApprovalRequest], str]
    about: Callable[[ApprovalRequest], str] | None = None
    by_now: "Callable[[Sequence[ApprovalRequest]], dict[UUID, list[Difference]]] | None" = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be different, in words: kept with the request, shown to whoever decides."""

    what: str
    before: str
    after: str


def approvable(
    name: str,
    *,
    permission: str,
    title: str,
    about: Callable[[ApprovalRequest], str] | None = None,
    by_now: Callable[[Sequence[ApprovalRequest]], dict[UUID, list[Difference]]] | None = None,
) -> Callable:
    """Makes a function `(payload, request) -> str` carry out requests of a kind. It runs in the transaction of the
    decision, with `request.decided_by` set; looks anew at everything that may have changed since it was asked for,
    raises a LoyaltyError where it cannot be done, which leaves the request waiting, and returns what came of it."""
    if not is_known(permission):
        raise ValueError(f"The table of roles has no permission {permission}.")

    def decorate(carry_out):
        KINDS[name] = ApprovalKind(
            name=name, title=title, permission=permission, carry_out=carry_out, about=about, by_now=by_now
        )
        return carry_out

    return decorate


def differences_of(request: ApprovalRequest) -> list[Difference]:
    """What would be different: by now while it waits, else as it was when it was asked for."""
    return differences_of_many([request])[request.pk]


def differences_of_many(requests: Sequence[ApprovalRequest]) -> dict[UUID, list[Difference]]:
    """The same for many, with as many queries for each kind as for one."""
    found = {each.pk: [Difference(*one) for one in each.payload.get("differences", ())] for each in requests}
    waiting: dict[str, list[ApprovalRequest]] = {}
    for each in requests:
        if each.status == ApprovalRequest.Status.WAITING and each.kind in KINDS and KINDS[each.kind].by_now:
            waiting.setdefault(each.kind, []).append(each)
    for kind, asked in waiting.items():
        found |= KINDS[kind].by_now(asked)
    return found


def version_of(differences: Iterable[Difference]) -> str:
    """What tells whether differences are those that somebody looked at."""
    return hashlib.sha256(json.dumps(written(differences)).encode()).hexdigest()[:16]


def written(differences: Iterable[Difference]) -> list[list[str]]:
    """Differences as a payload keeps them."""
    return [[each.what, each.before, each.after] for each in differences]
