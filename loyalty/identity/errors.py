"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, Forbidden, LoyaltyError


class InvalidCredentials(LoyaltyError):
    """The e-mail address and the password do not belong together."""

    code = "invalid-credentials"
    status = 401


class OtpRequired(LoyaltyError):
    """The password is right; give a code of your authenticator app, or a recovery code, with it as `otp`."""

    code = "otp-required"
    status = 401


class InvalidCode(LoyaltyError):
    """The code is not right, or not any more."""

    code = "invalid-code"
    status = 422


class InvalidLink(LoyaltyError):
    """The link is not valid, or not any more: ask for a new one."""

    code = "invalid-link"
    status = 422


class StepUpRequired(Forbidden):
    """A device, e-mail address or phone number is new: confirm first that it is you."""

    code = "step-up-required"


class InvalidToken(LoyaltyError):
    """The token is not valid, or not any more."""

    code = "invalid-token"
    status = 401


class InvalidKey(LoyaltyError):
    """The server key is not valid, or not any more."""

    code = "invalid-key"
    status = 401


class ScopeMissing(Forbidden):
    """The server key lacks the scope for this."""

    code = "scope-missing"


class ProfileBelongsToMember(Forbidden):
    """Only the member, or the brand that entered them, may change this profile."""

    code = "profile-belongs-to-member"


class ExternalIdTaken(Conflict):
    """Another member of the brand has this external id."""

    code = "external-id-taken"


class EmailTaken(Conflict):
    """The e-mail address is in use."""

    code = "email-taken"


class BirthDateFixed(Conflict):
    """The birth date has been set; only the brand's staff may correct it."""

    code = "birth-date-fixed"


class AmbiguousMember(Conflict):
    """More than one of your brands has a member of this external id; name the member by id."""

    code = "ambiguous-member"
