"""The rooms of the app that keep something about people, for whoever tells or erases it. Nobody inside imports it."""

from exchange.gifts import privacy as gifts  # noqa: F401
from exchange.households import privacy as households  # noqa: F401
from exchange.requests import privacy as requests  # noqa: F401
