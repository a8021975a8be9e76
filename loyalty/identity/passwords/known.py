"""Passwords that everybody knows: the most used ones of published breaches, as a sorted file of short hashes. The file
was made by `build_password_list` of the million most used of Mark Burnett's ten million passwords (public domain) and
of Django's list: all of ten characters or more, and what the first fifty thousand are made of."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("known_passwords.bin")
HASH_BYTES = 5
"""Of 2^40 hashes some 150,000 are in the file: one good password in several millions is refused by mistake."""
STEM_CHARS_MIN = 4

_LEET = str.maketrans("01345789@$!+|", "oieasbbgasiti")
_ENDS = re.compile(r"^[^a-z]+|[^a-z]+$")


def is_known(password: str) -> bool:
    """Whether the password, without regard to case, or the word that it is made of is in the list: "Manchester2024!"
    and "m4nchester" are as bad as "manchester"."""
    words = {password.casefold(), *stems(password)}
    return any(_is_listed(word) for word in words)


def stems(password: str) -> set[str]:
    """What is left of a password without what people add to a word to make it look like one: capitals, digits and signs
    at its ends, digits in place of letters, the same once more."""
    folded = password.casefold()
    found = set()
    for text in (folded, folded.translate(_LEET)):
        found.add(_ENDS.sub("", text))
    # With digits at the end taken off first: "m4nch3ster99".
    found.add(_ENDS.sub("", re.sub(r"[^a-z]+$", "", folded).translate(_LEET)))
    found |= {_unrepeated(stem) for stem in found}
    return {stem for stem in found if len(stem) >= STEM_CHARS_MIN}


def packed(words: Iterable[str]) -> bytes:
    """The file for these words."""
    return b"".join(sorted({_short_hash(word) for word in words}))


def _unrepeated(text: str) -> str:
    """What is repeated: "password" for "passwordpassword"."""
    at = (text + text).find(text, 1)
    return text[:at] if at < len(text) else text


def _short_hash(word: str) -> bytes:
    return hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=HASH_BYTES).digest()


def _is_listed(word: str) -> bool:
    hashes = _Hashes()
    wanted = _short_hash(word)
    place = bisect_left(hashes, wanted)
    return place < len(hashes) and hashes[place] == wanted


class _Hashes:
    """The file as a sequence, for bisect."""

    def __len__(self) -> int:
        return len(_content()) // HASH_BYTES

    def __getitem__(self, index: int) -> bytes:
        return _content()[index * HASH_BYTES : (index + 1) * HASH_BYTES]


@cache
def _content() -> bytes:
    return FILE.read_bytes()
