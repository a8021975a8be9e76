"""Files of events that were moved out of the log: JSON lines, gzipped, an event each, in the order of their numbers."""

import gzip
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

ENDING = ".jsonl.gz"
AT_ONCE = 5_000


class Counting:
    """Writes events to a file; knows how many and of what numbers they are."""

    def __init__(self, path: Path):
        self.path, self.events, self.first, self.last = path, 0, None, None
        self._file = path.open("wb")
        self._zipped = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0)

    def write(self, event: Mapping) -> None:
        self._zipped.write(msgspec.json.encode(event) + b"\n")
        self.events += 1
        self.first = event["id"] if self.first is None else self.first
        self.last = event["id"]

    def close(self) -> None:
        """Everything is on the disk when this returns."""
        self._zipped.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def keep_names_of(folder: Path) -> None:
    """The files have their names after a power cut too when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def events_in(path: Path) -> Iterator[dict]:
    """The events of one file, as they were written."""
    decode = msgspec.json.Decoder().decode
    with gzip.open(path, "rb") as lines:
        for line in lines:
            yield decode(line)


def chunks_in(folder: Path) -> Iterator[Sequence[dict]]:
    """The events of all files in a folder, some thousand at a time."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        chunk: list[dict] = []
        for event in events_in(path):
            chunk.append(event)
            if len(chunk) == AT_ONCE:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
