"""What this room refuses, each refusal with its code and HTTP status."""

from loyalty.errors import Conflict


class ProgramNotActive(Conflict):
    """The program is not active."""

    code = "program-not-active"


class ProgramArchived(Conflict):
    """The program has been archived; nothing about it changes any more."""

    code = "program-archived"


class ProgramCodeTaken(Conflict):
    """There is a program with this code already."""

    code = "program-code-taken"


class MembershipSuspended(Conflict):
    """The brand has suspended this membership."""

    code = "membership-suspended"


class MembershipClosed(Conflict):
    """This membership has ended."""

    code = "membership-closed"
