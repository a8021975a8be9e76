"""The rooms of the app that keep something about people, for whoever tells or erases it. Nobody inside imports it."""

from loyalty.delivery.notifications import privacy as notifications  # noqa: F401
from loyalty.identity.privacy import history_room, logins_room, members_room, traces_room  # noqa: F401
from loyalty.portal import privacy as portal  # noqa: F401
from loyalty.runs import privacy as runs  # noqa: F401
