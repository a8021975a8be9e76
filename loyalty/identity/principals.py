"""Who is asking, as every room sees them: a person or a server key, and what they may do. No database here."""

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from loyalty.errors import Forbidden
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.permissions import KEY, MEMBER, OPERATOR, who_may


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who asks. `brands` maps a brand's id to the role held there ("key" for a server key)."""

    kind: str
    id: UUID
    actor: str
    brands: dict[UUID, str] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    member_id: UUID | None = None
    is_operator: bool = False
    rate: str = ""

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def is_key(self) -> bool:
        return self.kind == KEY

    @property
    def pk(self) -> UUID:
        return self.id

    @property
    def brand_ids(self) -> list[UUID] | None:
        """The brands whose objects are visible; None for an operator, who sees all of them."""
        return None if self.is_operator else list(self.brands)

    def may(self, action: str, brand_id: UUID | None = None, *, member_id: UUID | None = None) -> bool:
        """Whether `action` is allowed at the brand, or without `brand_id` at one of the brands at least.

        Members act for themselves only. Who also works for a brand counts as a member there only if `member_id`, the
        member concerned, is given and is themselves: their being a member must not open a brand they do not work for.
        """
        allowed = who_may(action)
        if self.is_operator:
            return OPERATOR in allowed or self._acts_for_self(allowed, brand_id, member_id)
        if self.is_key and action not in self.scopes:
            return False
        roles = self.brands.values() if brand_id is None else (self.brands.get(brand_id),)
        return any(role in allowed for role in roles) or self._acts_for_self(allowed, brand_id, member_id)

    def _acts_for_self(self, allowed: frozenset[str], brand_id: UUID | None, member_id: UUID | None) -> bool:
        if self.member_id is None or MEMBER not in allowed:
            return False
        if member_id is not None:
            return member_id == self.member_id
        return brand_id is None or not self.brands

    def require(self, action: str, brand_id: UUID | None = None, *, member_id: UUID | None = None) -> None:
        """Refuses what `may` does not allow. Refusals: ScopeMissing (server keys), Forbidden."""
        if self.may(action, brand_id, member_id=member_id):
            return
        if self.is_key and action not in self.scopes:
            raise ScopeMissing(f"The key lacks the scope {action}.", scope=action)
        raise Forbidden()

    def brands_where(self, action: str) -> list[UUID] | None:
        """The brands at which `action` is allowed; None for an operator: at all."""
        if self.is_operator:
            return None
        return [brand_id for brand_id in self.brands if self.may(action, brand_id)]
