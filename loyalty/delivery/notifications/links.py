"""The signed address at which a member says, without logging in, that messages are not wanted. It names ids only and
does not run out: mails are read late."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from loyalty.delivery.notifications.models import Channel

SALT = "loyalty.notifications.unsubscribe"


@dataclass(frozen=True, slots=True)
class Unwanted:
    """Whose messages, of which brand, by which channel and of which kind."""

    member_id: UUID
    brand_id: UUID
    channel: str
    kind: str


def unsubscribe_link(unwanted: Unwanted) -> str:
    """The whole address of the page."""
    said = [unwanted.member_id.hex, unwanted.brand_id.hex, unwanted.channel, unwanted.kind]
    return settings.SITE_URL + reverse("unsubscribe", args=[signing.dumps(said, salt=SALT)])


def read_link(token: str) -> Unwanted | None:
    """What the address says; None when it was not written by us."""
    try:
        member, brand, channel, kind = signing.loads(token, salt=SALT)
        return Unwanted(UUID(member), UUID(brand), Channel(channel).value, str(kind))
    except (signing.BadSignature, ValueError, TypeError):
        return None
