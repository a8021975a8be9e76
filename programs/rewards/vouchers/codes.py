"""Codes that people can read aloud: how they are made, read and shown. Pure but for chance.

A code has 16 characters of Crockford's base32 (no I, L, O, U): 15 by chance, 75 bits, and one that checks them. Each
character counts as an element of the field of 32, weighted by its place with a power of 2; all weighted characters
together come to nothing. The weights differ from place to place and none is nothing, so that every single wrong
character and every swap of two, neighbours or not, is caught."""

import secrets
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
GROUP = 4
FIELD = 0b100101
"""The polynomial x^5 + x^2 + 1, of which 2 is a generator: its first 31 powers are all different."""

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_IGNORED = str.maketrans("", "", "- \t\r\n\0")
_LOOKALIKES = str.maketrans("OIL", "011")


def _weighted() -> list[list[int]]:
    """For each place, from the left, what each character counts there. The last place counts as it is."""
    tables = [list(range(32))]
    for _ in range(LENGTH - 1):
        tables.insert(0, [(twice := value << 1) ^ (FIELD if twice > 31 else 0) for value in tables[0]])
    return tables


_TABLES = _weighted()
_BY_CHANCE = _TABLES[:-1]


def new_code() -> str:
    """A code by chance."""
    return new_codes(1)[0]


def new_codes(count: int) -> list[str]:
    """So many different codes by chance, as they are stored."""
    codes: set[str] = set()
    while len(codes) < count:
        missing, size = count - len(codes), LENGTH - 1
        chance = secrets.token_bytes(missing * size)
        for start in range(0, missing * size, size):
            values = [byte & 31 for byte in chance[start : start + size]]
            check = 0
            for table, value in zip(_BY_CHANCE, values, strict=True):
                check ^= table[value]
            codes.add("".join([ALPHABET[value] for value in values]) + ALPHABET[check])
    return list(codes)


@lru_cache(maxsize=256)
def has_right_check(code: str) -> bool:
    """Whether the text is a code of ours as it is stored: sixteen characters of which the last fits the others."""
    if len(code) != LENGTH:
        return False
    total = 0
    for table, character in zip(_TABLES, code, strict=True):
        value = _VALUES.get(character)
        if value is None:
            return False
        total ^= table[value]
    return total == 0


def read_code(text: str) -> str:
    """What somebody typed or read aloud, as it is stored: in capitals, without hyphens and blanks; in a code of ours O
    is read as 0, I and L as 1. A brand's own code is taken by its letters."""
    plain = text.translate(_IGNORED).upper()
    ours = plain.translate(_LOOKALIKES)
    return ours if has_right_check(ours) else plain


def shown(code: str) -> str:
    """The stored code as people read it: one of ours in four groups of four, a brand's own as it is."""
    if not has_right_check(code):
        return code
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))
