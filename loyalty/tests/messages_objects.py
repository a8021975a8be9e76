"""What a brand has of messages to its members, for the registries of objects and of calls: enters its makers in the one
when it is imported, and the other takes its IDS and BODIES."""

from loyalty.delivery.notifications.models import (
    Notification,
    NotificationChoice,
    NotificationSettings,
    NotificationTemplate,
    PushToken,
)
from loyalty.ids import uuid7
from loyalty.tests.backoffice_objects import PARAMETERS, kind

PARAMETERS["template_id"] = NotificationTemplate
IDS = {
    "notification": lambda house: [house.objects(Notification).get().pk],
    "template": lambda house: [house.objects(NotificationTemplate).get().pk],
}
BODIES = {
    "put_settings": {"is_active": True},
    "write_a_template_of_messages": {"language": "pt"},
}


@kind(NotificationSettings, "brand")
def make_settings(house) -> None:
    NotificationSettings.objects.create(brand=house.brand, sender_name=f"{house.code} sender", is_active=True)


@kind(NotificationTemplate, "brand")
def make_template(house) -> None:
    NotificationTemplate.objects.create(
        brand=house.brand, kind="points.expiring", channel="email", language="en", subject=f"{house.code} words",
        body="Hello {{name}}",
    )  # fmt: skip


@kind(Notification, "brand")
def make_message(house) -> None:
    """One in the inbox of the house's member, and what they said of messages."""
    Notification.objects.create(
        brand=house.brand, member=house.member, kind="points.expiring", channel="inbox", event_id=uuid7(),
        facts={"program_id": str(house.program.pk), "points": 5}, status="sent", provider_id=f"{house.code}-provider",
    )  # fmt: skip
    NotificationChoice.objects.create(
        brand=house.brand, member=house.member, channel="sms", is_wanted=False, source="app"
    )
    PushToken.objects.create(
        brand=house.brand, member=house.member, token=f"{house.code}-app-token", token_hash=house.code
    )


def tell_somebody(somebody, brand) -> None:
    """Gets messages, wants no text messages, and has an app."""
    said = {"member": somebody.member, "brand": brand}
    Notification.objects.create(
        **said, kind="points.expiring", channel="email", event_id=uuid7(), status="sent", facts={"points": 5},
        provider_id=somebody.mark("message"), subject=f"For {somebody.member.name}", body=somebody.mark("letter"),
    )  # fmt: skip
    NotificationChoice.objects.create(**said, channel="sms", is_wanted=False, source="app")
    PushToken.objects.create(**said, token=somebody.mark("app"), token_hash="a" * 32)
