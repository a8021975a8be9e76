"""The jobs of the app's rooms, where the worker looks for them."""

from exchange.clearing import low_pools  # noqa: F401
from exchange.requests import jobs as quotes  # noqa: F401
from exchange.settling import jobs  # noqa: F401
