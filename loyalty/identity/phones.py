"""Phone numbers as people write them, in the international form (E.164) in which they are kept."""

import phonenumbers

DIGITS_MIN = 6


def international(text: str, *, country: str = "") -> str | None:
    """The number as +31612345678; None if it cannot be one. One written without its country ("06 12345678") is taken
    to be of `country` (ISO 3166, say NL); without that it must begin with + or 00."""
    text = text.strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
