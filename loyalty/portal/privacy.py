"""What people keep for themselves in the portal, and lists that somebody saved with another's name in them."""

from urllib.parse import quote_plus

from django.db.models import Q

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject
from loyalty.portal.models import SavedView


def export(subject: Subject) -> Told:
    theirs = [subject.person] if subject.person and not subject.brand else []
    return {"saved_views": rows_of(SavedView.objects.filter(person__in=theirs))}


def erase(erasing: Erasing) -> Counts:
    subject = erasing.subject
    naming = Q(pk__in=[])
    for word in erasing.traces.words:
        naming |= Q(name__icontains=word) | Q(query__icontains=word) | Q(query__icontains=_quoted(word))
    found = SavedView.objects.filter(naming, **subject.of_brand())
    gone = found.delete()[0]
    if subject.person and not subject.brand:
        gone += SavedView.objects.filter(person=subject.person).delete()[0]
    return {"saved_views": gone}


def _quoted(word: str) -> str:
    """As it stands in an address."""
    return quote_plus(word)


register(Room(name="portal", position=45, export=export, erase=erase, told={"loyalty.SavedView": "saved_views"}))
