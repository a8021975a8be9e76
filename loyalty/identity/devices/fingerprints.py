"""By what a device is known again, and what it is called: in words of ours, for others' words do not belong in
a mail."""

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
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
    """What a log-in tells of the device: the app's own id of it, where it sends one; else its User-Agent and the
    network address it came from."""

    device: str = ""
    user_agent: str = ""
    address: str = ""

    def fingerprint(self, person_id: UUID) -> str:
        """A keyed hash, another one for each person. A User-Agent counts without its version numbers, for a browser
        that was updated is no new device, and only together with the network, for many have the same one."""
        agent = re.sub(r"[0-9._]+", "", self.user_agent)
        said = f"id:{self.device}" if self.device else f"agent:{agent}@{network_of(self.address)}"
        return ring().blind_index("device", said, scope=person_id)

    @property
    def label(self) -> str:
        """Say "Firefox on Linux"."""
        browser = next((name for sign, name in BROWSERS if sign in self.user_agent), NAMELESS)
        system = next((name for sign, name in SYSTEMS if sign in self.user_agent), "")
        return f"{browser} on {system}" if system else browser


def network_of(address: str) -> str:
    """The network that an address is in, as far as one household or office reaches: /24 and /48."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))
