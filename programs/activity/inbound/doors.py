"""What other rooms may use of this one: taking in an event, and saying how a kind of source is understood."""

from programs.activity.inbound.adapters import Adapter, refuse_old, register_kind, secrets_of
from programs.activity.inbound.envelope import Told
from programs.activity.inbound.errors import SignatureInvalid
from programs.activity.inbound.intake import Taken, take_in, work_off

__all__ = [
    "Adapter",
    "SignatureInvalid",
    "Taken",
    "Told",
    "refuse_old",
    "register_kind",
    "secrets_of",
    "take_in",
    "work_off",
]
