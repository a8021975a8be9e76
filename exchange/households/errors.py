"""What households are refused for, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict


class HouseholdsClosed(Conflict):
    """The program does not let members spend their points together."""

    code = "households-closed"


class HouseholdEnded(Conflict):
    """The household has ended."""

    code = "household-ended"


class HouseholdFull(Conflict):
    """The household has as many members as the program allows."""

    code = "household-full"


class AlreadyInHousehold(Conflict):
    """The member is in a household of this program already."""

    code = "already-in-household"


class NotInvited(Conflict):
    """The member has no open invitation to this household."""

    code = "not-invited"


class NotInHousehold(Conflict):
    """The member is not in this household."""

    code = "not-in-household"


class HouseholdWait(Conflict):
    """The member joined too short a time ago to spend together with the others."""

    code = "household-wait"
