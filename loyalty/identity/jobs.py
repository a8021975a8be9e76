"""The jobs of this room, where the worker looks for them, and what prepares the mails they send."""

from loyalty.identity import mails  # noqa: F401
from loyalty.identity.approvals import jobs as approval_jobs  # noqa: F401
from loyalty.identity.devices import codes, operations  # noqa: F401
from loyalty.identity.passwords import resetting  # noqa: F401
from loyalty.identity.privacy import jobs as privacy_jobs  # noqa: F401
from loyalty.identity.signin import passwords as portal_passwords  # noqa: F401
