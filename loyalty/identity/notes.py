"""What a brand's people write about a member for each other. One's own notes one changes and deletes; those of others
only who may delete notes does."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from loyalty.errors import Forbidden, Invalid
from loyalty.events import log
from loyalty.identity.models import Brand, MemberNote
from loyalty.identity.principals import Principal

LENGTH_MAX = 2000


def add_note(principal: Principal, brand: Brand, member_id: UUID, text: str) -> MemberNote:
    """Writes a note in the brand's name. Repeating it writes another one. Refusals: Forbidden, Invalid (empty, or more
    than 2,000 characters)."""
    principal.require("notes.add", brand.id)
    return add_notes(brand, [member_id], text, author_id=principal.id, actor=principal.actor)[0]


def add_notes(
    brand: Brand, member_ids: Sequence[UUID], text: str, *, author_id: UUID | None, actor: str
) -> list[MemberNote]:
    """The same note about each of these members, in three statements for any number. Who may, the caller has seen to.
    Refusals: Invalid."""
    text = _checked(text)
    with transaction.atomic():
        notes = MemberNote.objects.bulk_create(
            MemberNote(brand=brand, member_id=member_id, author_id=author_id, text=text) for member_id in member_ids
        )
        log.record_many([_event("note.added", note, actor) for note in notes], brand_id=brand.id)
    return notes


def change_note(principal: Principal, note: MemberNote, text: str) -> MemberNote:
    """Writes one's own note anew. Refusals: Forbidden (another's), Invalid."""
    principal.require("notes.change", note.brand_id)
    if note.author_id != principal.id:
        raise Forbidden("Only whoever wrote a note changes it.")
    note.text = _checked(text)
    with transaction.atomic():
        note.save(update_fields=["text"])
        log.record_many([_event("note.changed", note, principal.actor)], brand_id=note.brand_id)
    return note


def delete_note(principal: Principal, note: MemberNote) -> None:
    """Deletes one's own note, or as who may delete notes anybody's. Refusals: Forbidden."""
    if note.author_id == principal.id:
        principal.require("notes.change", note.brand_id)
    else:
        principal.require("notes.delete", note.brand_id)
    delete_notes([note], actor=principal.actor)


def delete_notes(notes: Sequence[MemberNote], *, actor: str) -> None:
    """Deletes notes of one brand, each of another member. Who may, the caller has seen to."""
    if not notes:
        return
    with transaction.atomic():
        log.record_many([_event("note.removed", note, actor) for note in notes], brand_id=notes[0].brand_id)
        MemberNote.objects.filter(pk__in=[note.pk for note in notes]).delete()


def _event(type_: str, note: MemberNote, actor: str) -> dict:
    data = {"note_id": str(note.pk), "actor": actor}
    return {"type": type_, "aggregate_id": note.member_id, "member_id": note.member_id, "data": data}


def _checked(text: str) -> str:
    text = text.strip()
    if not text or len(text) > LENGTH_MAX:
        detail = f"A note has 1 to {LENGTH_MAX:,} characters."
        raise Invalid([{"pointer": "/text", "code": "out-of-range", "detail": detail}])
    return text
