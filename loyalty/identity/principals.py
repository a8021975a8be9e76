"""Who is asking, as every room sees them: a person or a server key, and what they may do. No database here."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import rules

from loyalty.errors import Forbidden
from loyalty.identity.errors import ScopeMissing
from loyalty.identity.permissions import Place
from loyalty.roles import KEY, OPERATOR, SCOPE_OF, roles_for


@dataclass(frozen=True, slots=True)
class Principal:
    """The one who asks. `brands` maps a brand's id to the role held there ("key" for a server key). Of people in a
    session: their device, since when they are in a cool-down, and whether they confirmed that it is them."""

    kind: str
    id: UUID
    actor: str
    brands: dict[UUID, str] = field(default_factory=dict)
    scopes: frozenset[str] = frozenset()
    member_id: UUID | None = None
    is_operator: bool = False
    rate: str = ""
    device_id: UUID | None = None
    cool_down_from: datetime | None = None
    is_stepped_up: bool = False

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

    def may(self, permission: str, brand_id: UUID | None = None, *, member_id: UUID | None = None) -> bool:
        """Whether the permission ("points.earn") is given at the brand, or without `brand_id` at one of the brands at
        least. `member_id` names the member concerned: members act for themselves only."""
        return rules.has_perm(permission, self, Place(brand_id, member_id))

    def require(self, permission: str, brand_id: UUID | None = None, *, member_id: UUID | None = None) -> None:
        """Refuses what `may` does not allow. Refusals: ScopeMissing (server keys), Forbidden."""
        if self.may(permission, brand_id, member_id=member_id):
            return
        scope = SCOPE_OF.get(permission)
        if self.is_key and scope and scope not in self.scopes:
            raise ScopeMissing(f"The key lacks the scope {scope}.", scope=scope)
        raise Forbidden()

    def brands_where(self, permission: str) -> list[UUID] | None:
        """The brands at which the permission is given; None for an operator who may: at all."""
        if self.is_operator and OPERATOR in roles_for(permission):
            return None
        return [brand_id for brand_id in self.brands if self.may(permission, brand_id)]
