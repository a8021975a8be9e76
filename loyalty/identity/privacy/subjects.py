"""Whose personal data is meant: a member with their login, a login alone, or what one brand has of a member. With them
goes what names them, so that it can be looked for in texts that others wrote."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from loyalty.errors import NotFound
from loyalty.identity import look_ups
from loyalty.identity.models import Brand, BrandMember, Member, Person
from loyalty.identity.selectors import as_uuid

WORD_MIN = 5
"""Shorter words stand in texts about anybody: they are looked for only in what is linked to the person."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Somebody. With a `brand` only what that brand has of the member is meant."""

    member: Member | None = None
    person: Person | None = None
    brand: Brand | None = None

    @property
    def member_id(self) -> UUID | None:
        return self.member.id if self.member else None

    @property
    def person_id(self) -> UUID | None:
        return self.person.id if self.person else None

    @property
    def ids(self) -> list[UUID]:
        return [each.id for each in (self.member, self.person) if each]

    def of_brand(self, path: str = "brand") -> dict:
        """The filter of rows that have a brand."""
        return {path: self.brand} if self.brand else {}


@dataclass(slots=True)
class Traces:
    """By what somebody can be found: `words` that name them wherever they stand, `hints` that do so only in what is
    linked to them, and the `ids` of things that are theirs."""

    words: set[str] = field(default_factory=set)
    hints: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    def add(self, words: Iterable[str]) -> None:
        """Takes in words; short ones are hints."""
        for word in words:
            if word := (word or "").strip():
                (self.words if len(word) >= WORD_MIN else self.hints).add(word)

    @property
    def patterns(self) -> list[str]:
        """For LIKE without case: texts with one of the words, as it is or as JSON writes it."""
        return patterns_of(self.words)

    @property
    def all_words(self) -> set[str]:
        return self.words | self.hints


def patterns_of(words: Iterable[str]) -> list[str]:
    forms = {
        form for word in words for form in (word, json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1])
    }
    return sorted(f"%{_quoted(form)}%" for form in forms)


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def find_subject(ref: str | UUID, *, brand: Brand | None = None, only_brand: bool = False) -> Subject:
    """The member, or the login where it is nobody's member, named by id, by e-mail, or with a `brand` by its external
    id. Those erased are found by id. With `only_brand` what the brand has is meant. Refusals: NotFound."""
    ref = str(ref).strip().replace("\0", "")
    member = _member(ref, brand)
    person = member.person if member else _person(ref)
    if person and not member:
        member = Member.objects.filter(person=person).first()
    is_known = brand is None or (member and _has_known(brand, member))
    if not (member or person) or not is_known:
        raise NotFound("There is nobody whom this names.")
    if only_brand:
        return Subject(member=member, brand=brand)
    return Subject(member=member, person=person)


def _member(ref: str, brand: Brand | None) -> Member | None:
    members = Member.objects.select_related("person", "created_by")
    if uuid := as_uuid(ref):
        return members.filter(id=uuid).first()
    brands = [brand.id] if brand else None
    found = set()
    if brand:
        links = BrandMember.objects.filter(brand=brand, external_id=ref)
        found = set(links.values_list("member_id", flat=True))
    if not found and "@" in ref:
        for query in look_ups.reached_by(brands, email=ref):
            found |= {row["member_id"] if "member_id" in row else row["pk"] for row in query}
    if len(found) > 1:
        raise NotFound("More than one member is reached by that: name one by id.")
    return members.filter(id__in=found).first()


def _person(ref: str) -> Person | None:
    uuid = as_uuid(ref)
    return Person.objects.filter(id=uuid).first() if uuid else Person.objects.filter(email=ref.lower()).first()


def _has_known(brand: Brand, member: Member) -> bool:
    """Whether the brand knows the member; of one who was erased nobody can tell any more."""
    return bool(member.erased_at) or BrandMember.objects.filter(brand=brand, member=member).exists()
