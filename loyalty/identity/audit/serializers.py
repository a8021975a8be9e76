"""Shapes of the history of changes."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UUID, Answer, Filters, Moment
from loyalty.identity.audit.telling import Told

Action = Literal["insert", "update", "delete", "erase"]
Source = Literal["portal", "api", "job", "command", "process", "database"]


class HistoryFilters(Filters):
    """Which changes to list."""

    actor: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=255,
                description="Only by this one: as `actor` says it, an e-mail address, or the name of a key.",
                examples=["person:019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e"],
            ),
        ]
        | None
    ) = None
    kind: (
        Annotated[str, Meta(max_length=60, description="Only of this kind.", examples=["programs.program"])] | None
    ) = None
    object_id: Annotated[str, Meta(max_length=40, description="Only of this object.")] | None = None
    action: Annotated[Action, Meta(description="Only these.")] | None = None
    source: Annotated[Source, Meta(description="Only what came from there.")] | None = None
    since: Annotated[Moment, Meta(description="Only at this instant and later.")] | None = None
    until: Annotated[Moment, Meta(description="Only before this instant.")] | None = None
    brand_id: Annotated[UUID, Meta(description="Only of this brand.")] | None = None


class DifferenceOfField(Answer):
    """One field of what was changed; dots stand for secrets and for personal data."""

    field: str
    before: str
    after: str


class ChangeAnswer(Answer):
    """One change of configuration, people or permissions."""

    id: int
    at: Moment
    text: Annotated[str, Meta(description="The change in words.")]
    actor: Annotated[str, Meta(description="Who did it; empty where it was none of the brand's own.")]
    who: Annotated[str, Meta(description="Who did it, in words.")]
    action: Action
    kind: str
    object_id: str
    differences: list[DifferenceOfField]
    source: Source
    reason: str
    address: Annotated[str, Meta(description="The network address it came from.")]
    request_id: str


def change_answer(told: Told) -> ChangeAnswer:
    differences = [DifferenceOfField(field=d.field, before=d.before, after=d.after) for d in told.differences]
    return ChangeAnswer(
        id=told.id,
        at=told.at,
        text=told.text,
        actor=told.actor,
        who=told.who,
        action=told.action,
        kind=told.kind,
        object_id=told.object_id,
        differences=differences,
        source=told.source,
        reason=told.reason,
        address=told.address,
        request_id=told.request_id,
    )
