"""Who acts where nobody says it: the process itself, by an option of its connections. Settings import this."""

import getpass
import json
import re
from pathlib import Path


def process_option(arguments: list[str]) -> str:
    """The connection option by which a process says who acts where nobody else says it: a management command with the
    user of the operating system, or the name of the program."""
    return f"-c pghistory.context_metadata={json.dumps(process_said(arguments), separators=(',', ':'))}"


def process_said(arguments: list[str]) -> dict[str, str]:
    """What a process says of itself: who acts, and of a command by whom it was given."""
    program, *rest = [Path(arguments[0]).name, *arguments[1:]] if arguments and arguments[0] else ["python"]
    is_command = program == "manage.py" and rest
    said = {"actor": f"command:{_plain(rest[0])}" if is_command else f"process:{_plain(program)}"}
    if is_command:
        said["os_user"] = _plain(_os_user())
    return said


def _plain(text: str) -> str:
    """Letters and digits, which need no quotes in an option."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:60]


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
