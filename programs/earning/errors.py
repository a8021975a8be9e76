"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict, Forbidden, LoyaltyError


class RulesNotValid(LoyaltyError):
    """There are mistakes in the rules; nothing of them is in force."""

    code = "rules-not-valid"

    def __init__(self, errors: list[dict], detail: str = ""):
        """`errors` are {pointer, code, detail, hint}; a pointer below "/campaigns/<key>" is of a campaign that would
        be in force too, one below "/ruleset" of the published rules."""
        super().__init__(detail, errors=errors)
        self.errors = errors


class RulesTooLarge(LoyaltyError):
    """The document of rules is too large."""

    code = "rules-too-large"
    status = 413


class RuleSetPublished(Conflict):
    """This version was published: it stays as it is. Make a new draft."""

    code = "ruleset-published"


class CampaignKeyTaken(Conflict):
    """The program has a campaign with this key already."""

    code = "campaign-key-taken"


class CampaignRunning(Conflict):
    """An active campaign stays as it was agreed on; pause it to change this."""

    code = "campaign-running"


class CampaignWasActive(Forbidden):
    """Once a campaign was active, only whoever may activate it changes it."""

    code = "campaign-was-active"


class CampaignEnded(Conflict):
    """The campaign has ended; nothing about it changes any more."""

    code = "campaign-ended"


class CampaignNotActive(Conflict):
    """The campaign is not active."""

    code = "campaign-not-active"


class SegmentKeyTaken(Conflict):
    """The brand has a segment with this key already."""

    code = "segment-key-taken"


class SegmentNotList(Conflict):
    """Who is in this segment follows from its conditions; it has no list."""

    code = "segment-not-list"


class SegmentInUse(Conflict):
    """Rules that are in force ask for this segment."""

    code = "segment-in-use"


class EventTypeTaken(Conflict):
    """The brand has a kind of event with this name already."""

    code = "event-type-taken"


class EventTypeInUse(Conflict):
    """Rules that are in force are about this kind of event."""

    code = "event-type-in-use"
