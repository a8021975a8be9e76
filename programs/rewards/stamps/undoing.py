"""Taking stamps off again: what was given later moves back to where they lay."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from loyalty import clock
from programs.rewards.stamps import laying
from programs.rewards.stamps.errors import StampSpent
from programs.rewards.stamps.models import Stamp, StampSheet
from programs.rewards.stamps.sheets import Collection, Status, is_over, lock_sheets, tell


@transaction.atomic
def undo_stamps(stamp: Stamp, *, actor: str, reason: str = "") -> Stamp:
    """Takes the stamps off their sheets; those on sheets after them move back, so that a full sheet is open again only
    where nothing is left to fill it. The reference stays used. Repeating it changes nothing. Works on cards that are
    paused or archived too. Refusals: StampSpent (one of the sheets was turned into a voucher)."""
    card, now = stamp.card, clock.now()
    theirs = lock_sheets(card, stamp.member_id, actor=actor, at=now)
    stamp = Stamp.objects.select_related("card__program", "location").get(pk=stamp.pk)
    if stamp.undone_at:
        return stamp
    lying = {UUID(one["sheet"]): one["count"] for one in stamp.sheets if one["count"]}
    where = list(StampSheet.objects.filter(pk__in=lying).order_by("number"))
    if any(sheet.status == Status.USED for sheet in where):
        raise StampSpent()
    stamp.undone_at, stamp.undone_by, stamp.undone_reason = now, actor, reason
    stamp.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    for sheet in where:
        if sheet.status == Status.EXPIRED:
            sheet.stamps -= lying[sheet.pk]
            sheet.save(update_fields=["stamps"])
    if any(sheet.status in (Status.OPEN, Status.FULL) for sheet in where):
        _lay_again(theirs, now)
    told = {"stamp_id": str(stamp.pk), "count": stamp.count, "reason": reason}
    tell("stamps.undone", card, where[0].pk, stamp.member_id, now, actor=actor, **told)
    return stamp


def _lay_again(theirs: Collection, now: datetime) -> None:
    """Lays what was not undone on the open and full sheets from the first of them on."""
    life = timedelta(days=theirs.card.expires_after_days) if theirs.card.expires_after_days is not None else None
    stamps, parts = _parts_on(theirs)
    spaces = [laying.Space(sheet.stamps_needed, sheet.expires_at, life) for sheet in theirs.sheets]
    laid = laying.lay_again(parts, spaces)
    for stamp in stamps.values():
        for one in stamp.sheets:
            if UUID(one["sheet"]) in {sheet.pk for sheet in theirs.sheets}:
                one["count"] = 0
    for sheet, on_it in zip(theirs.sheets, laid, strict=True):
        for stamp_id, count in on_it.parts:
            _note(stamps[stamp_id], sheet, count)
    Stamp.objects.bulk_update(stamps.values(), ["sheets"])
    _settle(theirs.sheets, laid, now)


def _parts_on(theirs: Collection) -> tuple[dict[UUID, Stamp], Sequence[laying.Part]]:
    """The stamps that lie on these sheets, and which of them lie where, in the order of the sheets."""
    stamps = {stamp.pk: stamp for stamp in stamps_on(theirs.sheets).order_by("id")}
    parts = []
    for sheet in theirs.sheets:
        for stamp in stamps.values():
            count = sum(one["count"] for one in stamp.sheets if one["sheet"] == str(sheet.pk))
            if count:
                parts.append(laying.Part(stamp.pk, count, stamp.occurred_at))
    return stamps, parts


def stamps_on(sheets: Sequence[StampSheet]) -> QuerySet[Stamp]:
    """The stamps of a member that lie on some of these sheets of a card, or did, and were not undone."""
    if not sheets:
        return Stamp.objects.none()
    some = Q()
    for sheet in sheets:
        some |= Q(sheets__contains=[{"sheet": str(sheet.pk)}])
    return Stamp.objects.filter(some, card=sheets[0].card_id, member=sheets[0].member_id, undone_at=None)


def _note(stamp: Stamp, sheet: StampSheet, count: int) -> None:
    """Writes in the stamp how many of it lie on the sheet now."""
    for one in stamp.sheets:
        if one["sheet"] == str(sheet.pk):
            one["count"] += count
            return
    stamp.sheets.append({"sheet": str(sheet.pk), "number": sheet.number, "needed": sheet.stamps_needed,
                         "given": 0, "stamps": 0, "count": count})  # fmt: skip


def _settle(sheets: Sequence[StampSheet], laid: Sequence[laying.Laid], now: datetime) -> None:
    """Writes the sheets as they are laid. One that was full and is not any more is open, or closed if its time is over.
    Of those that nothing lies on one stays, open, where no other is."""
    for sheet, on_it in zip(sheets, laid, strict=True):
        sheet.stamps, sheet.expires_at = on_it.stamps, on_it.expires_at
        is_full = sheet.stamps == sheet.stamps_needed
        sheet.status = Status.FULL if is_full else Status.OPEN
        sheet.filled_at = (sheet.filled_at or now) if is_full else None
        if on_it.is_closed or is_over(sheet, now):
            sheet.status = Status.EXPIRED
    still_open = [sheet for sheet in sheets if sheet.status == Status.OPEN]
    gone = {sheet.pk for sheet in still_open[1:]}
    assert not any(sheet.stamps for sheet in still_open[1:]), "a sheet that is begun comes before those that are not"
    StampSheet.objects.filter(pk__in=gone).delete()
    # The database lets one be open at a time: what ceases to be so is written first.
    for sheet in sorted(sheets, key=lambda one: one.status == Status.OPEN):
        if sheet.pk not in gone:
            sheet.save(update_fields=["stamps", "status", "filled_at", "expires_at"])
