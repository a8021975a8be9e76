"""Which of a person's brands a way of signing in opens. A brand may close itself to passwords; a brand's provider opens
that brand and no other."""

from uuid import UUID

from loyalty.identity.models import Person


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


def posts_by_sign_on(person: Person, brand_id: UUID) -> dict[UUID, str]:
    """The person's post at the brand whose provider let them in; nothing once the brand no longer has one."""
    post = person.posts.filter(is_active=True, brand_id=brand_id, brand__sign_on__is_active=True)
    return dict(post.values_list("brand_id", "role"))
