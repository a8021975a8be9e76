"""By what a device is known again, and what it is called: in words of ours, for others' words do not belong in
a mail."""

import re
from dataclasses import dataclass
from uuid import UUID

from loyalty.sealed.ring import ring

NAMELESS = "An app"
# In this order: the names of some stand in what others say of themselves.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("okhttp", "An Android app"),
    ("CFNetwork", "An Apple app"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a log-in tells of the device: the app's own id of it, where it sends one, and its User-Agent; and from which
    network address it came, which makes no device."""

    device: str = ""
    user_agent: str = ""
    address: str = ""

    def fingerprint(self, person_id: UUID) -> str:
        """A keyed hash, another one for each person. A User-Agent counts without its version numbers, for a browser
        that was updated is no new device."""
        said = f"id:{self.device}" if self.device else f"agent:{re.sub(r'[0-9._]+', '', self.user_agent)}"
        return ring().blind_index("device", said, scope=person_id)

    @property
    def label(self) -> str:
        """Say "Firefox on Linux"."""
        browser = next((name for sign, name in BROWSERS if sign in self.user_agent), NAMELESS)
        system = next((name for sign, name in SYSTEMS if sign in self.user_agent), "")
        return f"{browser} on {system}" if system else browser
