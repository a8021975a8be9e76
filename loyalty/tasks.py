"""The jobs of the app's rooms, where the worker looks for them."""

from loyalty.delivery.notifications import jobs as notification_jobs  # noqa: F401
from loyalty.delivery.webhooks import jobs as webhook_jobs  # noqa: F401
from loyalty.events import jobs as event_jobs  # noqa: F401
from loyalty.history import jobs as history_jobs  # noqa: F401
from loyalty.runs import jobs  # noqa: F401
