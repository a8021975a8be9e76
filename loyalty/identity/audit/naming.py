"""What people, keys and things are called in the history, for those who may know: a brand learns the names of its own
people, and of nobody else's."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.apps import apps
from django.db.models import Q

from loyalty.identity.masks import masked_email
from loyalty.identity.models import Member, Person, ServerKey

SOMEBODY = "somebody else"
PROGRAMS = {
    "command": "the command",
    "job": "the job",
    "process": "the program",
    "database": "the database user",
    "sign-on": "the provider",
}
PERSON, MEMBER = "loyalty.person", "loyalty.member"


def actors_named(actors: Iterable[str], brands: Collection[UUID] | None) -> dict[str, str]:
    """What those actors are called whom the brands (None: everybody) may know: their own people and keys, programs, and
    the operators as such."""
    wanted: dict[str, list[str]] = {}
    for actor in set(actors):
        wanted.setdefault(actor.partition(":")[0], []).append(actor)
    people = {str(pk): name for pk, name in _people(_ids(wanted.get("person", ())), brands).items()}
    keys = ServerKey.objects.filter(pk__in=_ids(wanted.get("key", ())))
    keys = keys if brands is None else keys.filter(brand__in=brands)
    known = {f"person:{pk}": name for pk, name in people.items()} | {
        f"key:{key.pk}": f"the key {key.name}" for key in keys
    }
    for sort, named in PROGRAMS.items():
        known |= {actor: f"{named} {actor.partition(':')[2]}" for actor in wanted.get(sort, ())}
    known |= dict.fromkeys(wanted.get("visitor", ()), "a visitor")
    return known | {actor: actor.partition(":")[2] or actor for actor in wanted.get("system", ())}


def things_named(wanted: dict[str, set[str]], brands: Collection[UUID] | None, *, members_too: bool) -> dict:
    """{(label, id): name} of related things, {label: ids}. Members are named to those who see them on a page, and are
    but ids where the history leaves the portal."""
    named: dict[tuple[str, str], str] = {}
    for label, ids in wanted.items():
        if label == PERSON:
            named |= {(label, str(pk)): name for pk, name in _people(ids, brands).items()}
        elif label == MEMBER:
            named |= _members(ids, brands) if members_too else {(label, each): f"member {each}" for each in ids}
        else:
            named |= {(label, str(each.pk)): _own_name(each) for each in _rows(label, ids)}
    return named


def _ids(actors: Iterable[str]) -> list[UUID]:
    found = []
    for actor in actors:
        try:
            found.append(UUID(actor.partition(":")[2]))
        except ValueError:
            continue
    return found


def _people(ids: Collection, brands: Collection[UUID] | None) -> dict[UUID, str]:
    people = Person.objects.filter(pk__in=ids)
    if brands is not None:
        people = people.filter(Q(posts__brand__in=brands) | Q(is_operator=True)).distinct()
    mine = set(people.filter(posts__brand__in=brands).values_list("pk", flat=True)) if brands is not None else None
    return {
        each.pk: (each.name or masked_email(each.email) or "somebody who was erased")
        if mine is None or each.pk in mine
        else "an operator of the platform"
        for each in people
    }


def _members(ids: Collection[str], brands: Collection[UUID] | None) -> dict:
    members = Member.objects.filter(pk__in=ids)
    members = members if brands is None else members.filter(known_to__brand__in=brands).distinct()
    return {(MEMBER, str(each.pk)): each.name or masked_email(each.email) or f"member {each.pk}" for each in members}


def _rows(label: str, ids: Collection[str]):
    return apps.get_model(label)._base_manager.filter(pk__in=ids)


def _own_name(thing) -> str:
    """A code that people use, or what the thing calls itself."""
    return getattr(thing, "code", "") or str(thing)
