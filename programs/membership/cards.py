"""Card numbers: 16 digits that nobody can guess, the last of which checks the rest (Luhn, ISO/IEC 7812-1). Pure."""

import secrets

DIGITS = 16
# Numbers that begin with 9 are left to national use, so a till seldom takes a loyalty card for a bank card.
FIRST_DIGIT = "9"


def new_card_number() -> str:
    """A fresh card number. That nobody has it yet is for the database to say."""
    payload = f"{FIRST_DIGIT}{secrets.randbelow(10 ** (DIGITS - 2)):0{DIGITS - 2}}"
    return payload + check_digit(payload)


def is_card_number(text: str) -> bool:
    """Whether `text` is 16 digits with the right check digit."""
    is_number = len(text) == DIGITS and text.isascii() and text.isdigit()
    return is_number and check_digit(text[:-1]) == text[-1]


def check_digit(payload: str) -> str:
    """The digit that makes `payload` a number whose slips of one digit, and nearly all swaps of two, are noticed."""
    total = 0
    for position, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
