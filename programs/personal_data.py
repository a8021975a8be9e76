"""The rooms of the app that keep something about people, for whoever tells or erases it. Nobody inside imports it."""

from programs.activity import privacy as activity  # noqa: F401
from programs.activity.gateway import privacy as receipts  # noqa: F401
from programs.activity.inbound import privacy as inbound  # noqa: F401
from programs.membership import privacy as membership  # noqa: F401
from programs.rewards.issuing import privacy as issuing  # noqa: F401
from programs.rewards.offline import privacy as offline  # noqa: F401
from programs.rewards.stamps import privacy as stamps  # noqa: F401
from programs.rewards.vouchers import privacy as vouchers  # noqa: F401
