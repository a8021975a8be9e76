"""Shapes of devices, of confirming that it is oneself, and of changing the address one logs in with."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UUID, Answer, Moment, Shape
from loyalty.identity.devices.models import Device
from loyalty.identity.serializers import Email, Password

Code = Annotated[
    str,
    Meta(min_length=1, max_length=40, description="The code from the mail, or of the app.", examples=["042137"]),
]


class DeviceAnswer(Answer):
    """A device that one has logged in with."""

    id: UUID
    label: str
    first_seen_at: Moment
    last_seen_at: Moment
    is_current: bool


class StepUp(Shape):
    """Nothing needs to be said."""


class StepUpAnswer(Answer):
    """How to confirm: with a code from the mail that was sent, or with one of the authenticator app."""

    method: Literal["email", "totp"]
    expires_in: Annotated[int, Meta(description="Seconds for which a code that was sent is good.", examples=[600])]


class GivenCode(Shape):
    """The code."""

    code: Code


class ConfirmedAnswer(Answer):
    """An access token whose session counts as confirmed, in place of the one at hand; the refresh token stays."""

    access: str
    expires_in: Annotated[int, Meta(description="Seconds until `access` runs out.", examples=[600])]
    token_type: str = "Bearer"  # noqa: S105 the kind, not a secret


class NewEmail(Shape):
    """The new address, and the password."""

    email: Email
    password: Password


def device_answer(device: Device, *, current: UUID | None) -> DeviceAnswer:
    """The device; `current` is that of the session that asks."""
    return DeviceAnswer(
        id=device.id,
        label=device.label,
        first_seen_at=device.first_seen_at,
        last_seen_at=device.last_seen_at,
        is_current=device.id == current,
    )
