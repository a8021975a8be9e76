"""What the demo lets people in with: printed by quickstart, and kept in var/quickstart.json for its owner alone."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may enter the admin."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class MemberLogin:
    """A member of the demo who may log in."""

    id: str
    external_id: str
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedResult:
    """What seeding leaves behind. `members` by name, `server_keys` by program code: a key of the program's brand with
    all scopes, in plain text; `staff` by what they are, say "FUEL manager"."""

    admin: Login
    members: dict[str, MemberLogin] = field(default_factory=dict)
    server_keys: dict[str, str] = field(default_factory=dict)
    staff: dict[str, Login] = field(default_factory=dict)


def default_path() -> Path:
    return settings.VAR_DIR / "quickstart.json"


def write(path: Path, *, url: str, result: SeedResult) -> None:
    """Replaces the file in one step; nobody but its owner may read it."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"url": url} | asdict(result), file, indent=2)
        file.write("\n")
    draft.replace(path)


def read(path: Path) -> SeedResult | None:
    """What an earlier quickstart wrote, or None. Passwords and keys are hashed in the database, so a seed that is
    repeated keeps them only by knowing them from here."""
    try:
        kept = json.loads(path.read_text())
        return SeedResult(
            admin=Login(**kept["admin"]),
            members={name: MemberLogin(**member) for name, member in kept["members"].items()},
            server_keys=dict(kept["server_keys"]),
            staff={name: Login(**login) for name, login in kept.get("staff", {}).items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
