"""The apps of members that take push messages. A token is one app on one device: it is its last member's."""

from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.delivery.notifications.models import PushToken
from loyalty.identity.models import Brand, Member
from loyalty.sealed.ring import ring

PURPOSE = "push.token"
TOKENS_MAX = 10
"""Of one member at one brand; the oldest goes."""


@transaction.atomic
def keep_token(member: Member, brand: Brand, *, token: str, platform: str = "") -> PushToken:
    """The brand's app on a device takes the member's push messages; who had that app before gets none there any more.
    Repeating it says that the app is still there."""
    Member.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)
    digest = _digest(token, brand.pk)
    kept = PushToken.objects.select_for_update().filter(brand=brand, token_hash=digest).first()
    if kept and kept.member_id != member.pk:
        kept.delete()
        kept = None
    if kept is None:
        kept = PushToken(member=member, brand=brand, token=token, token_hash=digest)
    kept.platform, kept.seen_at = platform, clock.now()
    kept.save()
    older = PushToken.objects.filter(member=member, brand=brand).order_by("-seen_at", "-id")
    PushToken.objects.filter(pk__in=list(older.values_list("pk", flat=True)[TOKENS_MAX:])).delete()
    return kept


def forget_token(member: Member, brand: Brand, *, token: str) -> None:
    """The app takes none any more. Repeating it changes nothing."""
    PushToken.objects.filter(member=member, brand=brand, token_hash=_digest(token, brand.pk)).delete()


def _digest(token: str, brand_id: UUID) -> str:
    return ring().blind_index(PURPOSE, token, scope=brand_id)[:64]
