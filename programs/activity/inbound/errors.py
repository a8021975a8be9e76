"""What taking in events refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, LoyaltyError


class EventIdReused(LoyaltyError):
    """Another event of this source has this id."""

    code = "event-id-reused"


class SignatureInvalid(LoyaltyError):
    """The signature is missing, wrong or too old, or there is no such source."""

    code = "signature-invalid"
    status = 401


class MemberMissing(LoyaltyError):
    """The event names no member."""

    code = "member-missing"


class ProgramRequired(LoyaltyError):
    """There are several programs, or none, in which it could count: say which."""

    code = "program-required"


class MemberUnknown(LoyaltyError):
    """There is no such member yet."""

    code = "member-unknown"


class PurchaseUnknown(LoyaltyError):
    """There is no such purchase yet."""

    code = "purchase-unknown"


class AmbiguousPurchase(Conflict):
    """Purchases of more than one program have this reference: say which program."""

    code = "ambiguous-purchase"


class InboundEventEnded(Conflict):
    """The event was carried out or discarded already."""

    code = "inbound-event-ended"


class ContentUnreadable(LoyaltyError):
    """What the event says cannot be read any more."""

    code = "content-unreadable"


class EventSourceTaken(Conflict):
    """There is a source of this name."""

    code = "event-source-taken"


class EventMappingTaken(Conflict):
    """There is a mapping for this type from this source."""

    code = "event-mapping-taken"


class SecretRequired(LoyaltyError):
    """A source of this kind signs with a secret of its own: say which."""

    code = "secret-required"
