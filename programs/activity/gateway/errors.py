"""What stands against claiming a receipt."""

from loyalty.errors import Conflict


class ReceiptClaimed(Conflict):
    """The points of this receipt have been given already."""

    code = "receipt-claimed"


class ReceiptExpired(Conflict):
    """The time in which this receipt could be claimed is over."""

    code = "receipt-expired"


class ReceiptVoid(Conflict):
    """All that was bought with this receipt came back."""

    code = "receipt-void"
