"""Which of a person's brands a way of signing in opens. A brand may close itself to passwords; a brand's provider opens
that brand and no other."""

from uuid import UUID

from loyalty.identity.models import Person
from loyalty.identity.signon.models import SignOn


def posts_by_password(person: Person) -> dict[UUID, str]:
    """The person's posts, {brand: role}, but those at brands that let their people in by their provider only."""
    rows = person.posts.filter(is_active=True).values_list(
        "brand_id", "role", "brand__sign_on__is_active", "brand__sign_on__is_required", "brand__sign_on__break_glass"
    )
    return {
        brand_id: role
        for brand_id, role, is_active, is_required, break_glass in rows
        if not (is_active and is_required) or person.pk in break_glass
    }


def may_enter_by_password(person: Person) -> bool:
    """Whether a password opens the portal to the person at all."""
    return person.is_active and (person.is_operator or bool(posts_by_password(person)))


def posts_by_sign_on(person: Person, brand_id: UUID) -> dict[UUID, str]:
    """The person's post at the brand whose provider let them in; nothing once the brand no longer has one."""
    post = person.posts.filter(is_active=True, brand_id=brand_id, brand__sign_on__is_active=True)
    return dict(post.values_list("brand_id", "role"))


def asks_second_factor(brand_id: UUID | str) -> bool:
    """Whether the brand's provider asks for a second factor itself."""
    return SignOn.objects.filter(brand_id=brand_id, is_active=True, asks_second_factor=True).exists()
