"""The whole database as text, by the pg_dump that belongs to the server, and a search for words in it."""

import base64
import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.db import connection

from loyalty.postgresql.binaries import DatabaseUnavailable, find_binaries


def dump() -> str:
    """Everything in the database, schema and rows; skips the test where there is no pg_dump for this server."""
    program = _program(connection.pg_version // 10_000)
    params = connection.get_connection_params()
    place = {"-h": params.get("host"), "-p": params.get("port"), "-U": params.get("user"), "-d": params["dbname"]}
    named = [part for flag, value in place.items() if value for part in (flag, str(value))]
    environment = {"PGPASSWORD": params["password"]} if params.get("password") else {}
    done = subprocess.run([program, *named], capture_output=True, env=environment or None, check=True)
    return done.stdout.decode(errors="replace")


def _program(major: int) -> Path:
    """A pg_dump that is not older than the server."""
    folders = []
    with contextlib.suppress(DatabaseUnavailable):
        folders.append(find_binaries())
    on_path = shutil.which("pg_dump")
    found = [folder / "pg_dump" for folder in folders] + [Path(each) for each in [on_path] if each]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))
    for program in found:
        if program.exists() and _major_of(program) >= major:
            return program
    pytest.skip(f"there is no pg_dump for PostgreSQL {major} here: nothing can be proven")


def _major_of(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return int(said.stdout.split()[2].split(".")[0]) if said.returncode == 0 else 0


def found_in(text: str, words: Iterable[str]) -> set[str]:
    """Those of the words that stand in the text, whatever their case: plain, as JSON writes them, in an address, in
    hex, or in base64 wherever they begin."""
    lowered = text.lower()
    return {word for word in words if any(form in (lowered if fold else text) for form, fold in _forms(word))}


def _forms(word: str) -> Iterable[tuple[str, bool]]:
    yield word.lower(), True
    yield json.dumps(word)[1:-1].lower(), True
    yield word.lower().replace(" ", "+"), True
    yield word.lower().replace("@", "%40").replace(" ", "%20"), True
    for spelled in {word, word.lower(), word.upper()}:
        yield spelled.encode().hex(), True
        for before in range(3):
            encoded = base64.b64encode(b"\0" * before + spelled.encode()).decode()
            # The first and the last characters depend on the neighbours.
            yield encoded[(0, 2, 3)[before] : -4], False
