"""Lines of the list of changes with their records, told as people read them: who did what, from where and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from loyalty.history.models import Change
from loyalty.history.tracking import KINDS, Kind
from loyalty.identity.audit import naming
from loyalty.identity.audit.selectors import Line
from loyalty.identity.audit.values import field_of, in_words, is_masked, is_told, label_of
from loyalty.identity.masks import DOTS

Label = Change.Label
DID = {Label.INSERT: "added", Label.UPDATE: "changed", Label.DELETE: "deleted", Label.ERASE: "erased the history of"}
OWNERS = ("person", "user", "member", "program")
"""Whose name stands for a thing that has none of its own, the first of these that it has."""
OWN_NAMES = ("code", "name", "summary", "description", "url")
ENDS = ("from_program", "to_program")
"""What stands between two programs is called by both."""


@dataclass(slots=True)
class Difference:
    """One field: its name, and what it was and is; dots where that is not shown."""

    field: str
    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label}: {self.before} → {self.after}"


@dataclass(slots=True)
class Told:
    """One change. `reason`, `address` and `request_id` are empty where nobody said, or where it is not for those who
    read it."""

    id: int
    at: datetime
    kind: str
    object_id: str
    action: str
    source: str
    actor: str
    who: str
    what: str
    thing: str
    reason: str = ""
    address: str = ""
    request_id: str = ""
    via: str = ""
    differences: list[Difference] = field(default_factory=list)

    @property
    def text(self) -> str:
        return f"{self.who[:1].upper()}{self.who[1:]} {self.what}"


def tell(lines: Sequence[Line], brands: Collection[UUID] | None, *, with_members: bool = False) -> list[Told]:
    """The lines in words for somebody who reads the history of these brands (None: of all). A constant number of
    queries and one for each kind among them. `with_members` names members; else they are ids."""
    records = _records(lines)
    things = naming.things_named(_related(lines, records), brands, members_too=with_members)
    actors = naming.actors_named((line.actor for line in lines), brands)
    return [_Telling(line, records.get(line.id), brands, things, actors).told() for line in lines]


def _records(lines: Sequence[Line]) -> dict[int, dict]:
    """What was recorded, by the id of the line; nothing of what was erased."""
    by_kind: dict[str, list[int]] = {}
    for line in lines:
        by_kind.setdefault(line.kind, []).append(line.id)
    found = {}
    for name, ids in by_kind.items():
        if name in KINDS:
            for row in KINDS[name].history._base_manager.filter(pk__in=ids).values():
                found[row["pgh_id"]] = row
    return found


def _related(lines: Sequence[Line], records: dict[int, dict]) -> dict[str, set[str]]:
    """The ids of everything that the records name, by model."""
    wanted: dict[str, set[str]] = {}
    for line in lines:
        record, kind = records.get(line.id), KINDS.get(line.kind)
        if kind and line.kind in (naming.PERSON, naming.MEMBER):
            wanted.setdefault(line.kind, set()).add(line.object_id)
        for column in kind.columns if record and kind else ():
            field = field_of(kind, column)
            if field.remote_field:
                target = field.remote_field.model._meta.label_lower
                ids = {record[column], (record["pgh_before"] or {}).get(column)} - {None}
                wanted.setdefault(target, set()).update(map(str, ids))
    return wanted


@dataclass(slots=True)
class _Telling:
    """One line being told."""

    line: Line
    record: dict | None
    brands: Collection[UUID] | None
    things: dict
    actors: dict[str, str]

    @property
    def kind(self) -> Kind | None:
        return KINDS.get(self.line.kind)

    def told(self) -> Told:
        said = (self.record or {}).get("pgh_context") or {}
        is_ours = not self._is_anothers()
        who = self._who()
        differences = self._differences() if self.record and self.kind else []
        thing = self._thing()
        return Told(
            id=self.line.id, at=self.line.recorded_at, kind=self.line.kind, object_id=self.line.object_id,
            action=self.line.label, source=self.line.source or "process", actor=self.line.actor if is_ours else "",
            who=who, what=self._what(thing, differences), thing=thing,
            reason=said.get("reason", "") if is_ours else "",
            address=said.get("address", "") if is_ours else "",
            request_id=said.get("request_id", "") if is_ours else "",
            via=said.get("via", "") if is_ours and said.get("via") != self.line.actor else "",
            differences=differences,
        )  # fmt: skip

    def _is_anothers(self) -> bool:
        """Whether a brand must not learn who did it: what several brands share somebody else changed."""
        return self.brands is not None and self.line.actor not in self.actors

    def _who(self) -> str:
        if self.line.actor in self.actors:
            return self.actors[self.line.actor]
        owner = (self.record or {}).get("person_id") if self.line.kind == naming.MEMBER else None
        if owner and self.line.actor == f"person:{owner}":
            return "the member"
        if self.line.kind == naming.PERSON and self.line.actor == f"person:{self.line.object_id}":
            return "the person"
        return naming.SOMEBODY if self.brands is not None else self.line.actor

    def _thing(self) -> str:
        """The object by kind and name: "program BEANS"."""
        if self.kind is None:
            return f"{self.line.kind} {self.line.object_id}"
        title = str(self.kind.model._meta.verbose_name)
        name = self._name()
        return name if name.startswith(f"{title} ") else f"{title} {name}"

    def _name(self) -> str:
        if (self.line.kind, self.line.object_id) in self.things:
            return self.things[self.line.kind, self.line.object_id]
        record = self.record or {}
        for column in OWN_NAMES:
            if record.get(column) and not is_masked(self.kind, column):
                return str(record[column])
        for owner in OWNERS:
            for label in self._labels_of(owner):
                if name := self.things.get((label, str(record.get(f"{owner}_id")))):
                    return f"of {name}"
        asked = [(label, str(record.get(f"{end}_id"))) for end in ENDS for label in self._labels_of(end)]
        ends = [self.things.get(each) for each in asked]
        return " → ".join(ends) if ends and all(ends) else self.line.object_id

    def _labels_of(self, owner: str) -> list[str]:
        fields = [each for each in self.kind.model._meta.concrete_fields if each.name == owner and each.remote_field]
        return [each.remote_field.model._meta.label_lower for each in fields]

    def _differences(self) -> list[Difference]:
        kind, record = self.kind, self.record
        if self.line.label == Label.UPDATE:
            before = record["pgh_before"] or {}
            columns = [column for column in (*kind.columns, *kind.secret) if column in before]
            pairs = [(column, before[column], record.get(column)) for column in columns]
        else:
            values = {column: record[column] for column in kind.columns if record[column] not in (None, "", [], {})}
            is_new = self.line.label == Label.INSERT
            pairs = [(name, None, value) if is_new else (name, value, None) for name, value in values.items()]
        return [self._difference(*pair) for pair in pairs if is_told(kind, pair[0])]

    def _difference(self, column: str, before, after) -> Difference:
        kind = self.kind
        if column in kind.secret:
            words = (DOTS, DOTS)
        else:
            words = tuple(in_words(kind, column, value, self.things) for value in (before, after))
        return Difference(column, label_of(kind, column), *words)

    def _what(self, thing: str, differences: list[Difference]) -> str:
        did = DID.get(self.line.label, self.line.label)
        if self.line.label != Label.UPDATE or not differences:
            return f"{did} {thing}"
        first = differences[0]
        if len(differences) == 1:
            values = "" if DOTS in (first.before, first.after) else f" from {first.before} to {first.after}"
            return f"changed the {first.label} of {thing}{values}"
        labels = [each.label for each in differences]
        shown = ", ".join(labels[:-1]) if len(labels) < 4 else ", ".join(labels[:2])
        last = labels[-1] if len(labels) < 4 else f"{len(labels) - 2} more things"
        return f"changed the {shown} and {last} of {thing}"
