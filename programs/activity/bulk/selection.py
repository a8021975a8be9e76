"""Members chosen on the list, all at once: kept with the run as they were chosen, so that what is done is what was
confirmed, whatever the list shows by then."""

from abc import abstractmethod
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from loyalty.errors import Invalid
from loyalty.identity.models import BrandMember, Member
from loyalty.runs.kinds import Done, Step, Work
from loyalty.runs.models import Run, RunItem

MEMBERS_MAX = 200_000
CHUNK = 500


class Selection(msgspec.Struct):
    """The ids of the members, and a text where one is said about them; kept encrypted with the run."""

    ids: list[UUID]
    text: str = ""

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


def selection_of(members: QuerySet[Member]) -> Selection:
    """These members, in the order of the list. Refusals: Invalid (none, or more than can be dealt with at once)."""
    ids = list(members.values_list("pk", flat=True)[: MEMBERS_MAX + 1])
    if not 0 < len(ids) <= MEMBERS_MAX:
        detail = f"Choose 1 to {MEMBERS_MAX:,} members; a filter makes the list shorter."
        raise Invalid([{"pointer": "/members", "code": "out-of-range", "detail": detail}])
    return Selection(list(dict.fromkeys(ids)))


def read_selection(run: Run) -> Selection:
    return msgspec.json.decode(run.file, type=Selection)


@dataclass(slots=True)
class Refused:
    """A member with whom it could not be done, and why."""

    member_id: UUID
    code: str
    detail: str


class MembersWork(Work):
    """Does something with each of the chosen members whom the run's brand knows, some hundreds at a time."""

    def __init__(self, run: Run):
        super().__init__(run)
        self.selection = read_selection(run)

    def total(self) -> int:
        return len(self.selection.ids)

    def step(self, start: int) -> Step:
        ids = self.selection.ids[start : start + CHUNK]
        known = set(
            BrandMember.objects.filter(brand=self.run.brand_id, member__in=ids).values_list("member", flat=True)
        )
        done, refused = self.deal_with([each for each in ids if each in known])
        refused += [
            Refused(each, "not-known", "The brand does not know this member.") for each in ids if each not in known
        ]
        place = {each: start + n + 1 for n, each in enumerate(ids)}
        counts: dict[str, int] = {}
        for each in done:
            counts[each.outcome] = counts.get(each.outcome, 0) + 1
        return Step(
            dealt=len(ids),
            refused=len(refused),
            counts=counts | self.more_counts(),
            mistakes=[
                {"row": place[each.member_id], "field": str(each.member_id), "code": each.code, "detail": each.detail}
                for each in refused
            ],
            items=[each for each in done if each.before is not None],
        )

    @abstractmethod
    def deal_with(self, ids: list[UUID]) -> tuple[list[Done], list[Refused]]:
        """Does it; answers what was done with whom (those with `before` can be undone), and who was refused."""

    def more_counts(self) -> dict[str, int]:
        """What else this step counts, say points."""
        return {}


class UndoWork(Work):
    """Undoes what a run did, item by item, the last chunk first."""

    def total(self) -> int:
        return self.run.undoes.items.filter(before__isnull=False).count()

    def step(self, start: int) -> Step:
        items = RunItem.objects.filter(run=self.run.undoes_id, before__isnull=False).order_by("-position")
        items = list(items[start : start + CHUNK])
        counts, refused = self.undo(items)
        mistakes = [
            {"row": n, "field": str(each.member_id), "code": each.code, "detail": each.detail}
            for n, each in enumerate(refused, start=start + 1)
        ]
        return Step(dealt=len(items), refused=len(refused), counts=counts, mistakes=mistakes)

    @abstractmethod
    def undo(self, items: list[RunItem]) -> tuple[dict[str, int], list[Refused]]:
        """Takes back what was done with these; answers counts by name, and of whom it could not be taken back."""
