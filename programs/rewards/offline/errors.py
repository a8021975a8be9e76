"""What the room of tills refuses."""

from loyalty.errors import Conflict, LoyaltyError


class WrongProof(LoyaltyError):
    """The proof is not a signature of this key over what it should sign."""

    code = "wrong-proof"
    status = 422


class KeyTaken(Conflict):
    """A till with this key is registered already."""

    code = "till-key-taken"


class TillRevoked(Conflict):
    """The till has been revoked."""

    code = "till-revoked"


class TillNotQuarantined(Conflict):
    """The till is not quarantined."""

    code = "till-not-quarantined"


class NoGap(Conflict):
    """Nothing of the till waits for missing items."""

    code = "till-has-no-gap"


class AlreadyDecided(Conflict):
    """The item has its verdict already."""

    code = "scan-already-decided"
