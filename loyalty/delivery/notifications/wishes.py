"""What a member wants to be told of: choices by channel and kind, said by the member, for them, by a link in a message
or by a provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from loyalty import clock
from loyalty.delivery.notifications.kinds import every_kind, find_kind
from loyalty.delivery.notifications.models import Channel, Notification, NotificationChoice
from loyalty.delivery.notifications.told import SUBSCRIBED, UNSUBSCRIBED
from loyalty.events import log
from loyalty.identity.models import BrandMember, Member

API, LINK, PORTAL, PROVIDER = "api", "link", "portal", "provider"
SYSTEM = "system:notifications"


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: by which channel, of which kind ("": all), and whether it is wanted (None: as if nothing had been
    said)."""

    channel: str
    kind: str
    is_wanted: bool | None


def choices_of(member_id: UUID, brand_id: UUID) -> list[NotificationChoice]:
    """What the member said to the brand, by channel and kind."""
    return list(NotificationChoice.objects.filter(member=member_id, brand=brand_id).order_by("channel", "kind"))


@transaction.atomic
def choose(
    member_id: UUID, brand_id: UUID, choices: Sequence[Choice], *, actor: str, source: str
) -> list[NotificationChoice]:
    """Writes what a member wants; what is not named stays. The more particular choice holds. Each change is told in the
    log; repeating it changes nothing. Answers all of the member's choices at the brand. Refusals: UnknownKind."""
    for index, one in enumerate(choices):
        if one.kind:
            find_kind(one.kind, pointer=f"/choices/{index}/kind")
    Member.objects.select_for_update(no_key=True).only("pk").get(pk=member_id)
    before = {(one.channel, one.kind): one for one in choices_of(member_id, brand_id)}
    for one in choices:
        _write(member_id, brand_id, one, before.get((one.channel, one.kind)), actor=actor, source=source)
    return choices_of(member_id, brand_id)


def unsubscribe(
    member_id: UUID, brand_id: UUID, channel: str, *, kind: str = "", source: str = LINK, actor: str = ""
) -> None:
    """The member wants no such messages any more: of the kind, or with "" none by the channel, whatever they said of
    single kinds before. Repeating it changes nothing; a member who is gone or unknown to the brand stays so."""
    if not BrandMember.objects.filter(brand=brand_id, member=member_id).exists():
        return
    unwanted = [Choice(channel, kind, False)]
    if not kind:
        theirs = NotificationChoice.objects.filter(member=member_id, brand=brand_id, channel=channel, is_wanted=True)
        unwanted += [Choice(channel, one.kind, None) for one in theirs.exclude(kind="")]
    known = {one.name for one in every_kind()}
    unwanted = [one for one in unwanted if not one.kind or one.kind in known]
    choose(member_id, brand_id, unwanted, actor=actor or f"member:{member_id}", source=source)


def subscribe_again(member_id: UUID, brand_id: UUID, channel: str, *, kind: str = "", actor: str = "") -> None:
    """Takes an `unsubscribe` back: the member wants them as if nothing had been said."""
    if BrandMember.objects.filter(brand=brand_id, member=member_id).exists():
        choose(member_id, brand_id, [Choice(channel, kind, None)], actor=actor or f"member:{member_id}", source=LINK)


def refuse_by_provider(one: Notification) -> None:
    """The member told the provider that they want no messages by this channel."""
    unsubscribe(one.member_id, one.brand_id, one.channel, source=PROVIDER, actor=SYSTEM)


def every_wish(member_id: UUID, brand_id: UUID) -> list[Choice]:
    """What holds of each channel and kind, whether it was said or not."""
    said = {(one.channel, one.kind): one.is_wanted for one in choices_of(member_id, brand_id)}
    return [
        Choice(channel, kind.name, said.get((channel, kind.name), said.get((channel, ""), True)))
        for channel in Channel.values
        for kind in every_kind()
    ]


def _write(member_id, brand_id, one: Choice, before: NotificationChoice | None, *, actor: str, source: str) -> None:
    was = before.is_wanted if before else None
    if one.is_wanted == was:
        return
    if one.is_wanted is None:
        before.delete()
    else:
        NotificationChoice.objects.update_or_create(
            member_id=member_id, brand_id=brand_id, channel=one.channel, kind=one.kind,
            defaults={"is_wanted": one.is_wanted, "source": source, "changed_at": clock.now()},
        )  # fmt: skip
    if was is None and one.is_wanted:
        return
    log.record(
        UNSUBSCRIBED if one.is_wanted is False else SUBSCRIBED,
        brand_id=brand_id,
        aggregate_id=member_id,
        member_id=member_id,
        data={"actor": actor, "channel": one.channel, "kind": one.kind, "source": source},
    )
