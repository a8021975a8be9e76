"""What this room refuses."""

from loyalty.errors import Conflict


class RunEnded(Conflict):
    """This work has ended already."""

    code = "run-ended"


class RunGoesOn(Conflict):
    """This work has not ended yet."""

    code = "run-goes-on"


class NothingToUndo(Conflict):
    """This work cannot be undone, or has been undone already."""

    code = "nothing-to-undo"


class FileGone(Conflict):
    """The file has been deleted; start the work anew."""

    code = "file-gone"
