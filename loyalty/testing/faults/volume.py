"""A small disk of its own in a file: it can be full, and its power can be cut. Needs root and loop devices."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

PIECE = 1 << 20


class NoVolume(Exception):
    """This machine cannot make one; the text says why."""


class Volume:
    """An ext4 file system in a file, mounted at `path`. `copy` may be the image of another volume."""

    def __init__(self, *, megabytes: int = 512, copy: Path | None = None):
        if os.geteuid() != 0:
            raise NoVolume("mounting a volume needs root")
        if missing := [name for name in ("mkfs.ext4", "mount", "umount") if not shutil.which(name)]:
            raise NoVolume(f"there is no {missing[0]} here")
        self.folder = Path(tempfile.mkdtemp(prefix="loyalty-volume-"))
        self.folder.chmod(0o711)
        self.image, self.path = self.folder / "image", self.folder / "disk"
        self.megabytes, self.copied = megabytes, copy

    def __enter__(self):
        try:
            if self.copied is None:
                with self.image.open("wb") as image:
                    image.truncate(self.megabytes * PIECE)
                _run("mkfs.ext4", "-q", "-F", self.image)
            else:
                _run("cp", "--sparse=always", self.copied, self.image)
            self.path.mkdir()
            _run("mount", "-o", "loop", self.image, self.path)
        except BaseException:
            self.__exit__()
            raise
        self.path.chmod(0o711)
        return self

    def __exit__(self, *exception) -> None:
        with suppress(NoVolume):
            _run("umount", "-l", self.path)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def full(self):
        """No byte is left on it."""
        ballast = self.path / "ballast"
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(PIECE)):
                pass
        try:
            yield
        finally:
            ballast.unlink()


def _run(*command) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoVolume(f"{command[0]} failed: {done.stderr.strip()}")
