"""Where the SECRET_KEY comes from, and which ones are refused: it signs sessions and, unless told otherwise, JWTs."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

LENGTH_MIN = 50
DISTINCT_MIN = 5
KNOWN_PREFIXES = ("django-insecure-", "secret", "changeme", "change-me", "password", "insecure", "for-development")
REMEDY = (
    "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))' "
    "and give it to every web and worker process as the environment variable {name}."
)


def weakness(key: str) -> str | None:
    """What is wrong with a key, or None: it is missing, short or monotonous, or begins like the keys of examples."""
    if not key:
        return "is not set"
    if key.lower().startswith(KNOWN_PREFIXES):
        return "begins like the keys that stand in examples"
    if len(key) < LENGTH_MIN:
        return f"has {len(key)} characters, fewer than {LENGTH_MIN}"
    if len(set(key)) < DISTINCT_MIN:
        return f"has fewer than {DISTINCT_MIN} distinct characters"
    return None


def checked(key: str, *, name: str = "SECRET_KEY") -> str:
    """The key itself; ImproperlyConfigured when it is weak. `name` is the variable it was read from."""
    if fault := weakness(key):
        raise ImproperlyConfigured(f"{name} {fault}. {REMEDY.format(name=name)}")
    return key


def generated(path: Path) -> str:
    """The key kept in `path` (mode 600), made on the first call; many processes calling at once get the same one.
    ImproperlyConfigured where the file can be neither read nor made."""
    try:
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            _create(path)
        return checked(path.read_text().strip(), name=str(path))
    except OSError as error:
        raise ImproperlyConfigured(
            f"No SECRET_KEY is set, and none can be kept in {path} ({error.strerror}). "
            + REMEDY.format(name="SECRET_KEY")
        ) from error


def _create(path: Path) -> None:
    """Writes beside it and links into place, so that nobody ever reads half a key and the first one stays."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(get_random_secret_key() + get_random_secret_key()[:14] + "\n")
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
