"""What tests of messages share: a kind of message of their own, events of it, and a brand that is set up."""

from loyalty.delivery.notifications import making, sending
from loyalty.delivery.notifications.models import NotificationSettings
from loyalty.events import log
from loyalty.testing.log import settle_log


def set_up(brand, **said) -> NotificationSettings:
    """The brand tells its members things, with room enough for any test."""
    usual = {"is_active": True, "member_daily_max": 1000, "member_weekly_max": 1000, "reply_to": "hello@cafe.example"}
    return NotificationSettings.objects.create(brand=brand, **usual | said)


def going(member, program, *, points: int = 40, expires_at: str = "2027-01-01T00:00:00+00:00"):
    """An event that tells of points that go soon."""
    return log.record(
        "points.expiring",
        brand_id=program.brand_id,
        aggregate_id=member.id,
        member_id=member.id,
        program_id=program.id,
        data={"points": points, "expires_at": expires_at, "days": 30},
    )


def begin() -> None:
    """The reader is there: what happens from now on is told."""
    settle_log()
    making.make_messages()


def tell() -> int:
    """Makes what the log asks for; answers how many messages."""
    settle_log()
    return making.make_messages()[1]


def tell_and_send(**asked) -> sending.Sent:
    """Makes what the log asks for and sends what is due."""
    tell()
    return sending.send_due(**asked)
