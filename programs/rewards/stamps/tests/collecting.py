"""What lies on a member's sheets, and what must be true of it after anything."""

from uuid import UUID

from programs.rewards.stamps.models import Stamp, StampSheet


def sheets_of(member) -> list[tuple[int, int, str]]:
    """(number, stamps, status) of the member's sheets, in order."""
    return list(StampSheet.objects.filter(member=member).order_by("number").values_list("number", "stamps", "status"))


def faults_of(member) -> list[str]:
    """What is wrong with a member's sheets: stamps and sheets must tell the same, and one at most is open."""
    sheets = {sheet.pk: sheet for sheet in StampSheet.objects.filter(member=member)}
    lying = dict.fromkeys(sheets, 0)
    found = []
    for stamp in Stamp.objects.filter(member=member, undone_at=None):
        here = [(UUID(one["sheet"]), one["count"]) for one in stamp.sheets if one["count"]]
        if sum(count for _, count in here) != stamp.count:
            found.append(f"{stamp.reference} is not wholly on sheets: {here}")
        for sheet_id, count in here:
            lying[sheet_id] += count
    for pk, sheet in sheets.items():
        if sheet.stamps != lying[pk]:
            found.append(f"sheet {sheet.number} says {sheet.stamps}, and {lying[pk]} lie on it")
        if (sheet.status in ("full", "used")) != (sheet.stamps == sheet.stamps_needed):
            found.append(f"sheet {sheet.number} is {sheet.status} with {sheet.stamps}")
        if (sheet.status == "used") != (sheet.voucher_id is not None):
            found.append(f"sheet {sheet.number} is {sheet.status} and its voucher {sheet.voucher_id}")
    if sum(sheet.status == "open" for sheet in sheets.values()) > 1:
        found.append("two are open")
    return found
