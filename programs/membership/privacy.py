"""What memberships know of somebody: a card number, and that they take part. The number goes; that an account of the
books belonged to a part in a program stays, under an id."""

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, Traces
from programs.membership.cards import new_card_number
from programs.membership.models import Membership


def _of(subject: Subject):
    return Membership.objects.filter(member=subject.member, **subject.of_brand("program__brand"))


def find(subject: Subject, traces: Traces) -> None:
    for membership in _of(subject):
        traces.ids.add(str(membership.pk))
        traces.add([membership.card_number])


def export(subject: Subject) -> Told:
    """The parts in programs, with what they are called."""
    found = _of(subject).select_related("program")
    return {
        "memberships": [row | {"program": each.program.code} for row, each in zip(rows_of(found), found, strict=True)]
    }


def erase(erasing: Erasing) -> Counts:
    """Ends the memberships. The card numbers are exchanged for ones that nobody carries."""
    found = list(_of(erasing.subject))
    for membership in found:
        membership.card_number, membership.status = new_card_number(), Membership.Status.CLOSED
    Membership.objects.bulk_update(found, ["card_number", "status"])
    return {"memberships": len(found)}


register(
    Room(
        name="memberships",
        position=30,
        find=find,
        export=export,
        erase=erase,
        told={"programs.Membership": "memberships"},
    )
)
