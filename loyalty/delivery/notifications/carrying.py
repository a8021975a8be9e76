"""Each message by its own channel: mail servers and providers are connected to once for many messages."""

from uuid import UUID

from loyalty.delivery.notifications.mailing import Mailer
from loyalty.delivery.notifications.models import Channel, Notification, NotificationSettings, PushToken
from loyalty.delivery.notifications.providers import (
    AddressGone,
    Message,
    NotCarried,
    Provider,
    TryLater,
    provider_of,
)
from loyalty.delivery.notifications.rendering import Rendered


class Carrier:
    """Carries messages one after the other; closed when done."""

    def __init__(self):
        self._mailer: Mailer | None = None
        self._providers: dict[tuple[UUID, str], Provider | None] = {}

    def carry(self, one: Notification, said: Rendered, settings: NotificationSettings) -> str:
        """Hands the message over to whoever brings it; answers their id of it. Refusals: those of `Provider.send`."""
        if one.channel == Channel.EMAIL:
            self._mailer = self._mailer or Mailer()
            return self._mailer.send(_address(one.member.email), one.id, said, settings)
        key = one.brand_id, one.channel
        if key not in self._providers:
            self._providers[key] = provider_of(settings, one.channel)
        provider = self._providers[key]
        if provider is None:
            raise NotCarried("no-provider")
        message = Message(one.id, said.subject, said.body)
        if one.channel == Channel.SMS:
            return provider.send(_address(one.member.phone), message)
        return _push(provider, one, message)

    def close(self) -> None:
        """Ends all connections."""
        for each in (self._mailer, *self._providers.values()):
            if each:
                each.close()


def _push(provider: Provider, one: Notification, message: Message) -> str:
    """To every app of the member's; those that are gone are forgotten. One that took it is enough."""
    taken, refusal = "", NotCarried("no-address")
    for token in PushToken.objects.filter(member=one.member_id, brand=one.brand_id).order_by("id"):
        try:
            taken = provider.send(token.token, message) or taken or "sent"
        except NotCarried as other:
            if isinstance(other, AddressGone):
                token.delete()
            # While one of them may take it later it is not given up.
            refusal = refusal if isinstance(refusal, TryLater) else other
    if not taken:
        raise refusal
    return taken


def _address(address: str) -> str:
    if not address:
        raise NotCarried("no-address")
    return address
