"""Personal data as it is shown until somebody asks to see it: enough to recognise, not enough to use. Pure."""

DOTS = "\u2022\u2022\u2022\u2022"


def masked_email(email: str) -> str:
    """ana@example.com as a\u2022\u2022\u2022\u2022@example.com."""
    name, at, host = email.rpartition("@")
    return f"{name[:1]}{DOTS}{at}{host}" if email else ""


def masked_phone(phone: str) -> str:
    """+31612345678 as +31\u2022\u2022\u2022\u202278."""
    return f"{phone[:3]}{DOTS}{phone[-2:]}" if phone else ""


def masked_name(name: str) -> str:
    """Ana Maria Silva as Ana S."""
    first, *others = name.split()[:1] + name.split()[1:][-1:] or [""]
    return f"{first} {others[0][0]}." if others else first
