"""Money as shops write it in their messages: decimal strings, in the shop's currency and in the customer's. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyalty.http.money import to_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Reads amounts of one currency, in minor units. `side` is which half of an amount in two currencies counts."""

    currency: str
    side: str = "shop_money"

    def of(self, thing: Mapping[str, Any], name: str) -> int:
        """The amount of that name: of its set in two currencies where there is one; 0 where there is none."""
        pair = thing.get(f"{name}_set")
        if isinstance(pair, dict) and pair.get(self.side):
            return self.minor(pair[self.side]["amount"])
        return self.minor(thing.get(name))

    def first(self, thing: Mapping[str, Any], *names: str) -> int:
        """The first of these amounts that is there."""
        name = next((name for name in names if thing.get(f"{name}_set") or thing.get(name) is not None), names[-1])
        return self.of(thing, name)

    def minor(self, value: Any) -> int:
        """Minor units of a decimal string, which may be negative and have zeros that say nothing; nothing is 0. Raises
        ValueError for what is no amount."""
        if value in (None, ""):
            return 0
        text = value if isinstance(value, str) else repr(value)
        whole, _, decimals = text.strip().removeprefix("-").partition(".")
        if not (whole + decimals).isdecimal() or not whole or isinstance(value, bool):
            raise ValueError(f"{text!r} is no amount of money")
        plain = f"{whole}.{decimals.rstrip('0')}".rstrip(".")
        found = to_minor(plain, self.currency)
        return -found if text.strip().startswith("-") else found
