"""A copy of the project in a folder of its own, for tests that run its commands as a newcomer would."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from loyalty.database import EmbeddedServer

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns("var", ".git", ".venv", "venv", "__pycache__", ".*_cache", ".hypothesis", ".env")
# What decides how the service runs must come from the test, not from whoever runs the tests.
DECISIVE = (
    "DATABASE_URL", "SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "DATA_KEYS_FILE", "ALLOWED_HOSTS", "HTTPS", "DEBUG",
    "CACHE_URL", "DJANGO_SETTINGS_MODULE",
)  # fmt: skip


def environment(**variables: str) -> dict[str, str]:
    """The caller's environment without what decides how the service runs, and with `variables`."""
    return {name: value for name, value in os.environ.items() if name not in DECISIVE} | variables


class Checkout:
    """The copy; `remove` stops its database too."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="loyalty-checkout-"))
        self.folder.chmod(0o755)
        shutil.copytree(ROOT, self.folder, ignore=LEFT_OUT, dirs_exist_ok=True)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.folder / "manage.py"), *arguments]

    def manage(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """Runs a management command to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=environment(**variables),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen:
        """Starts a management command; its output goes to var/output."""
        (self.folder / "var").mkdir(exist_ok=True)
        with (self.folder / "var" / "output").open("w") as output:
            return subprocess.Popen(
                self.command(*arguments), env=environment(**variables), cwd=self.folder, stdout=output, stderr=output
            )

    def remove(self) -> None:
        EmbeddedServer(self.folder / "var" / "pg").remove()
        shutil.rmtree(self.folder, ignore_errors=True)
