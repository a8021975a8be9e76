"""Money as written in requests and answers (a decimal string and an ISO 4217 code) and as counted here (whole
minor units). Exact both ways: no floats, no rounding."""

from loyalty.errors import Invalid

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"
_EXPONENTS = (
    dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
    | dict.fromkeys(_FOUR_DECIMALS.split(), 4)
)


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 unless ISO 4217 says otherwise."""
    return _EXPONENTS.get(currency, 2)


def to_minor(money: str, currency: str, pointer: str = "/amount") -> int:
    """The minor units in `money`: ("152.00", "USD") -> 15200, ("152", "JPY") -> 152.
    More decimals than the currency has: Invalid at `pointer`."""
    whole, _, decimals = money.partition(".")
    places = exponent(currency)
    if len(decimals) > places:
        detail = f"{currency} has {places} decimals at most." if places else f"{currency} has no decimals."
        raise Invalid([{"pointer": pointer, "code": "too-many-decimals", "detail": detail}])
    return int(whole + decimals.ljust(places, "0"))


def from_minor(minor: int, currency: str) -> str:
    """`minor` units as a decimal string with all of the currency's decimals: (15200, "USD") -> "152.00"."""
    places = exponent(currency)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits
