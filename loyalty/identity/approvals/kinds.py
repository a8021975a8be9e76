"""What can wait for a second person: each kind is registered by the room whose business it is, with the function that
carries it out once somebody agreed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.roles import is_known

KINDS: dict[str, "ApprovalKind"] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalKind:
    """One kind: its name ("points.adjust"), what it is called, the permission that both who asks and who decides must
    have at the brand, what carries it out, and what says in words whom or what it is about, for those who may know."""

    name: str
    title: str
    permission: str
    carry_out: Callable[[dict, ApprovalRequest], str]
    about: Callable[[ApprovalRequest], str] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be different, in words: kept with the request, shown to whoever decides."""

    what: str
    before: str
    after: str


def approvable(
    name: str, *, permission: str, title: str, about: Callable[[ApprovalRequest], str] | None = None
) -> Callable:
    """Makes a function `(payload, request) -> str` carry out requests of a kind. It runs in the transaction of the
    decision, with `request.decided_by` set; looks anew at everything that may have changed since it was asked for,
    raises a LoyaltyError where it cannot be done, which leaves the request waiting, and returns what came of it."""
    if not is_known(permission):
        raise ValueError(f"The table of roles has no permission {permission}.")

    def decorate(carry_out):
        KINDS[name] = ApprovalKind(name=name, title=title, permission=permission, carry_out=carry_out, about=about)
        return carry_out

    return decorate


def differences_of(request: ApprovalRequest) -> list[Difference]:
    return [Difference(*each) for each in request.payload.get("differences", ())]


def written(differences: Iterable[Difference]) -> list[list[str]]:
    """Differences as a payload keeps them."""
    return [[each.what, each.before, each.after] for each in differences]
