"""The jobs of the app's rooms, where the worker looks for them."""

from loyalty.runs import jobs  # noqa: F401
