"""The refusals of HTTP itself: bodies that cannot be read, callers nobody knows, a database that does not answer.
The rooms have refusals of their own; all of them are rendered in `problems`."""

from loyalty.errors import LoyaltyError


class BadRequest(LoyaltyError):
    """The request cannot be understood."""

    code = "bad-request"
    status = 400


class MalformedJson(LoyaltyError):
    """The body is not JSON that can be read."""

    code = "malformed-json"
    status = 400


class NotAuthenticated(LoyaltyError):
    """Say who you are: the credentials are missing or not good."""

    code = "not-authenticated"
    status = 401


class MethodNotAllowed(LoyaltyError):
    """The address does not take this method."""

    code = "method-not-allowed"
    status = 405


class NotAcceptable(LoyaltyError):
    """The answer cannot be given in the form asked for."""

    code = "not-acceptable"
    status = 406


class BodyTooLarge(LoyaltyError):
    """The body is larger than this address takes."""

    code = "body-too-large"
    status = 413


class UnsupportedMediaType(LoyaltyError):
    """The body must be application/json."""

    code = "unsupported-media-type"
    status = 415


class TooMany(LoyaltyError):
    """You ask too often: wait a little."""

    code = "rate-limited"
    status = 429


class InternalError(LoyaltyError):
    """Something went wrong on our side."""

    code = "internal-error"
    status = 500


class TryAgain(LoyaltyError):
    """Too much happens to the same object at once: try again with the same key."""

    code = "try-again"
    status = 503


class DatabaseUnavailable(LoyaltyError):
    """The database does not answer at the moment: try again with the same key."""

    code = "database-unavailable"
    status = 503
