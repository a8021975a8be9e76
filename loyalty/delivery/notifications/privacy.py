"""What messages know of somebody: which ones they got, what they want, and their apps. Nothing of it is needed when
they are erased, so all of it goes."""

from loyalty.delivery.notifications.models import Notification, NotificationChoice, PushToken
from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject


def export(subject: Subject) -> Told:
    """Their messages (the inbox is written when it is read), what they said they want, and their apps."""
    if not subject.member:
        return {"messages": [], "message_choices": [], "message_apps": []}
    found = [
        each.objects.filter(member=subject.member, **subject.of_brand()).order_by("pk")
        for each in (Notification, NotificationChoice, PushToken)
    ]
    messages, choices, apps = found
    return {
        "messages": rows_of(messages),
        "message_choices": rows_of(choices),
        "message_apps": rows_of(apps, without=["token_hash"]),
    }


def erase(erasing: Erasing) -> Counts:
    """Their messages, choices and apps go."""
    subject = erasing.subject
    if not subject.member:
        return {"messages": 0}
    theirs = {"member": subject.member, **subject.of_brand()}
    return {
        "messages": sum(
            each.objects.filter(**theirs).delete()[0] for each in (Notification, NotificationChoice, PushToken)
        )
    }


register(
    Room(
        name="messages",
        position=35,
        export=export,
        erase=erase,
        told={
            "loyalty.Notification": "messages",
            "loyalty.NotificationChoice": "message_choices",
            "loyalty.PushToken": "message_apps",
        },
    )
)
