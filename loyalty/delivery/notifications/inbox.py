"""A member's inbox in the app: read, marked as read, deleted. What stands there is written when it is read."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from loyalty import clock
from loyalty.delivery.notifications.models import Channel, Notification
from loyalty.errors import NotFound
from loyalty.identity.models import Member

Status = Notification.Status


def inbox_of(member: Member, brands: Collection[UUID] | None) -> QuerySet[Notification]:
    """What lies in the member's inbox, from these brands (None: all), to be sorted by "-id"."""
    found = Notification.objects.filter(member=member, channel=Channel.INBOX, status=Status.SENT)
    return (found if brands is None else found.filter(brand__in=brands)).select_related("member")


def unread(member: Member, brands: Collection[UUID] | None) -> int:
    """How many of them the member has not read."""
    return inbox_of(member, brands).filter(read_at=None).count()


def mark_read(member: Member, ref: UUID) -> Notification:
    """The member has read a message. Repeating it keeps the first time. Refusals: NotFound."""
    found = inbox_of(member, None).filter(id=ref).first()
    if found is None:
        raise NotFound("There is no such message in the inbox.")
    if found.read_at is None:
        found.read_at = clock.now()
        found.save(update_fields=["read_at"])
    return found


def mark_all_read(member: Member) -> int:
    """The member has read everything; answers how many were unread. Repeating it changes nothing."""
    return inbox_of(member, None).filter(read_at=None).update(read_at=clock.now())


def delete_message(member: Member, ref: UUID) -> None:
    """Takes a message out of the inbox for good. Repeating it is refused. Refusals: NotFound."""
    # That it was made is still known, so that the same event does not bring it back.
    changed = (
        inbox_of(member, None)
        .filter(id=ref)
        .update(status=Status.DROPPED, reason="deleted", facts={}, sent_at=None, read_at=None)
    )
    if not changed:
        raise NotFound("There is no such message in the inbox.")
