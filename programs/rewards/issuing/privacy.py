"""What rules gave somebody beside points. It stays with what earned it, under an id that leads to nobody."""

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject
from programs.rewards.issuing.models import Grant


def export(subject: Subject) -> Told:
    """Each grant, and what came of it."""
    found = Grant.objects.filter(member=subject.member, **subject.of_brand("program__brand"))
    return {"grants": rows_of(found.order_by("id"))}


def erase(erasing: Erasing) -> Counts:
    """Nothing in it names them: codes of rewards, keys of rules, and words of ours."""
    return {}


register(Room(name="grants", position=15, export=export, erase=erase, told={"programs.Grant": "grants"}))
