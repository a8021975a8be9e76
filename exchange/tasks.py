"""The jobs of the app's rooms, where the worker looks for them."""

from exchange.settling import jobs  # noqa: F401
