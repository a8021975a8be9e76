"""The key ring: what personal data is encrypted with at rest. AES-256-GCM (NIST SP 800-38D) with a random nonce, bound
to its place by associated data; the newest key seals, every key of the ring opens. Look-ups go by a keyed hash."""

import hmac
import os
import re
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from loyalty import clock

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
INDEX_CHARS = 32
DISTINCT_MIN = 16
NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
REMEDY = (
    "Make one with: python -c 'import os, base64; print(base64.urlsafe_b64encode(os.urandom(32)).decode())' "
    "and give it to every web and worker process. DATA_KEYS is a list id:key,id:key with the newest first; keep the "
    "keys apart from the database and its backups, for without them the personal data in it is lost."
)


class SealBroken(Exception):
    """A ciphertext that does not belong where it stands, was changed, or was made with a key that is gone."""


@dataclass(frozen=True, eq=False)
class Ring:
    """The keys, newest first, by their ids (1 to 40 characters), and the separate key of the blind indexes. One reading
    of them is one ring: what was worked out with it can be kept by it."""

    keys: dict[str, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)

    @property
    def newest(self) -> str:
        return next(iter(self.keys))

    @cached_property
    def _ciphers(self) -> dict[str, AESGCM]:
        return {name: AESGCM(key) for name, key in self.keys.items()}

    def seal(self, plain: bytes, place: str) -> bytes:
        """`plain` encrypted with the newest key for one place, say "loyalty_member.data_key:<id>". Not repeatable: each
        call takes a fresh nonce."""
        name = self.newest.encode()
        nonce = os.urandom(NONCE_BYTES)
        return (
            FORMAT
            + bytes([len(name)])
            + name
            + nonce
            + self._ciphers[self.newest].encrypt(nonce, plain, place.encode())
        )

    def open(self, sealed: bytes, place: str) -> bytes:
        """What was sealed for this place. Raises SealBroken."""
        name, rest = self.key_of(sealed), sealed[2 + sealed[1] :]
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise SealBroken(f"sealed with the key {name!r}, which is not in the ring")
        return decrypt(cipher, rest, place)

    @staticmethod
    def key_of(sealed: bytes) -> str:
        """The id of the key that sealed it. Raises SealBroken."""
        if len(sealed) < 2 or sealed[:1] != FORMAT:
            raise SealBroken("not a ciphertext of ours")
        return sealed[2 : 2 + sealed[1]].decode("ascii", "replace")

    def blind_index(self, purpose: str, value: str, *, scope: object = "") -> str:
        """A keyed hash (HMAC-SHA-256, 128 bits in hex) of a normalized value for look-ups by equality: not to be
        guessed without the key, and another one for each purpose and scope (a brand's id)."""
        said = "\0".join((purpose, str(scope), value)).encode()
        return hmac.digest(self.index_key, said, "sha256").hex()[:INDEX_CHARS]


def encrypt(cipher: AESGCM, plain: bytes, place: str) -> bytes:
    """Nonce and ciphertext of `plain`, bound to its place."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, place.encode())


def decrypt(cipher: AESGCM, sealed: bytes, place: str) -> bytes:
    """What `encrypt` was given. Raises SealBroken."""
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as fault:
        raise SealBroken(f"the ciphertext does not belong to {place}, or was changed") from fault


_rings: dict[tuple, Ring] = {}


def ring() -> Ring:
    """The ring of the settings DATA_KEYS ("id:key", newest first) and INDEX_KEY, or the one kept in the file
    DATA_KEYS_FILE, read again when that changes. Raises ImproperlyConfigured."""
    path = "" if settings.DATA_KEYS else settings.DATA_KEYS_FILE
    source = _version_of(path) if path else (tuple(settings.DATA_KEYS), settings.INDEX_KEY)
    if (known := _rings.get(source)) is None:
        known = _read_file(Path(path)) if path else parse(settings.DATA_KEYS, settings.INDEX_KEY)
        _rings.clear()
        _rings[source] = known
    return known


def _version_of(path: str) -> tuple:
    """Which file it is now, and of when; where there is none one is made."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        Path(path).parent.mkdir(exist_ok=True, parents=True)
        _keep(Path(path), [f"index:{fresh_key()}", f"first:{fresh_key()}"], is_new=True)
        found = os.stat(path)  # noqa: PTH116
    return path, found.st_mtime_ns, found.st_ino


def parse(keys: Sequence[str], index_key: str) -> Ring:
    """The ring written as text. Raises ImproperlyConfigured, naming the key at fault and never its content."""
    found: dict[str, bytes] = {}
    for line in keys:
        name, _, text = line.strip().partition(":")
        if not NAME.fullmatch(name) or name in found:
            detail = "with an id of its own: 1 to 40 letters, digits, dots, dashes."
            raise ImproperlyConfigured(f"DATA_KEYS: each key is written id:key, {detail}")
        found[name] = _key(text, f"DATA_KEYS, key {name}")
    if not found:
        raise ImproperlyConfigured(f"DATA_KEYS holds no key. {REMEDY}")
    made = Ring(found, _key(index_key, "INDEX_KEY"))
    if len({made.index_key, *found.values()}) <= len(found):
        raise ImproperlyConfigured("DATA_KEYS and INDEX_KEY hold one key twice; each has to be another one.")
    return made


def fresh_key() -> str:
    """A new random key, as text."""
    return urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def free_name(found: Ring) -> str:
    """An id for a new key that the ring has not got: the day, with a number where there is one of that day."""
    day = f"{clock.now():%Y-%m-%d}"
    return next(name for n in count(1) if (name := day if n == 1 else f"{day}.{n}") not in found.keys)


def add_key_to_file(name: str) -> None:
    """Puts a new key in front of those in DATA_KEYS_FILE; every process that shares the file sees it at once."""
    path = Path(settings.DATA_KEYS_FILE)
    index, *keys = path.read_text().split()
    if name in {line.partition(":")[0] for line in keys}:
        raise ImproperlyConfigured(f"{path} has a key {name} already.")
    _keep(path, [index, f"{name}:{fresh_key()}", *keys])


def _key(text: str, what: str) -> bytes:
    """Refuses what is short, and what cannot have come from a source of chance: letters only, or few different bytes,
    which of a million random keys not one has."""
    try:
        key = b64decode(text, altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or len(set(key)) < DISTINCT_MIN or key.isascii():
        raise ImproperlyConfigured(f"{what} is not {KEY_BYTES} random bytes in URL-safe base64. {REMEDY}")
    return key


def _read_file(path: Path) -> Ring:
    index, *keys = path.read_text().split()
    return parse(keys, index.partition(":")[2])


def _keep(path: Path, lines: list[str], *, is_new: bool = False) -> None:
    """Writes beside it and puts it in place whole; of many that make a new file at once the first one stays."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        if is_new:
            os.link(draft, path)
        else:
            draft.replace(path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
