"""Shapes of rule sets, in and out. No queries."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.http.shapes import UNSET, Answer, Filters, Moment, Shape, ShortText, UnsetType
from programs.earning.models import RuleSet

Note = Annotated[str, Meta(max_length=200, description="What this version is about.")]
Status = Literal["draft", "published", "superseded"]


class RulesBody(Shape):
    """A document of rules, as `/api/programs/{program}/rulesets/schema` says it. Without `groups` there are four:
    base, exclusive (which keeps bonus and multiplier from giving), bonus and multiplier."""

    rules: Annotated[list[dict], Meta(max_length=1000, description="The rules.")]
    groups: Annotated[list[dict], Meta(description="How rules add up, in this order.")] | UnsetType = UNSET
    rounding: Literal["down", "half_up", "up"] = "down"
    note: Note = ""


class RulesPatch(Shape):
    """What takes the place of the same part of the draft; null takes it out."""

    rules: list[dict] | UnsetType = UNSET
    groups: list[dict] | UnsetType | None = UNSET
    rounding: Literal["down", "half_up", "up"] | UnsetType | None = UNSET
    note: Note | UnsetType = UNSET


class Publication(Shape):
    """Why, for whoever decides on it and for the history."""

    reason: ShortText = ""


class RuleSetFilters(Filters):
    """Which versions."""

    status: Status | None = None


class RuleMistake(Answer):
    """A mistake in a document of rules."""

    pointer: Annotated[str, Meta(description="Where, as a JSON pointer (RFC 6901).")]
    code: str
    detail: str
    hint: str | UnsetType = UNSET


class RuleSetAnswer(Answer):
    """A version of a program's rules."""

    version: int
    status: Status
    note: str
    errors: list[RuleMistake]
    created_at: Moment
    created_by: str
    published_at: Moment | None
    published_by: str | None
    document: Annotated[dict, Meta(description="Left out in lists.")] | UnsetType = UNSET


def ruleset_answer(ruleset: RuleSet) -> RuleSetAnswer:
    """The version with its document."""
    answer = ruleset_row(ruleset)
    answer.document = ruleset.document
    return answer


def ruleset_row(ruleset: RuleSet) -> RuleSetAnswer:
    """The version as lists have it."""
    return RuleSetAnswer(
        version=ruleset.version,
        status=ruleset.status,
        note=ruleset.note,
        errors=[RuleMistake(**one) for one in ruleset.errors],
        created_at=ruleset.created_at,
        created_by=ruleset.created_by,
        published_at=ruleset.published_at,
        published_by=ruleset.published_by or None,
    )
