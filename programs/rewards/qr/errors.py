"""Why a QR token is refused; each reason has a code of its own. That a token was used before says the room of vouchers,
which uses it up together with the effect."""

from loyalty.errors import LoyaltyError


class TokenRefused(LoyaltyError):
    """The code cannot be taken."""

    code = "token-refused"


class MalformedToken(TokenRefused):
    """This is no code of ours, or it was not read whole."""

    code = "malformed-token"


class WrongAlgorithm(MalformedToken):
    """The code is not signed with the algorithm that our codes are signed with."""

    code = "wrong-algorithm"


class UnknownKey(TokenRefused):
    """The code is signed with a key that is not ours."""

    code = "unknown-key"


class RetiredKey(TokenRefused):
    """The code is signed with a key that signs no more."""

    code = "retired-key"


class BadSignature(TokenRefused):
    """The code was changed after it was signed, or somebody else signed it."""

    code = "bad-signature"


class WrongIssuer(TokenRefused):
    """The code was issued by somebody else."""

    code = "wrong-issuer"


class TokenLifeTooLong(TokenRefused):
    """The code says that it lives longer than codes of its purpose do."""

    code = "token-life-too-long"


class TokenNotYetValid(TokenRefused):
    """The code is not valid yet."""

    code = "token-not-yet-valid"


class TokenExpired(TokenRefused):
    """The code is over: show a new one."""

    code = "token-expired"


class WrongAudience(TokenRefused):
    """The code is meant for another brand."""

    code = "wrong-audience"


class WrongPurpose(TokenRefused):
    """The code is for something else."""

    code = "wrong-purpose"
