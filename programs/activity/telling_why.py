"""Why points were given, or would be, as the API answers it."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from loyalty.http.shapes import Answer, Moment
from programs.activity.answers import BreakdownLine, Kind, breakdown, current_answer
from programs.activity.explanations import Told, explain_transaction
from programs.activity.models import Submission
from programs.activity.previewing import Preview
from programs.activity.records import Recorded
from programs.earning.engine import Names
from programs.earning.rules.explaining import Explained, Step


class ConditionAnswer(Answer):
    """A condition: whether it held and, of a single question, what was wanted and what was found. `conditions` are
    those within it."""

    label: Annotated[str, Meta(examples=["Order total"])]
    held: bool
    wanted: Annotated[str, Meta(examples=["is at least 100.00"])] | UnsetType = UNSET
    actual: Annotated[str, Meta(examples=["99.99"])] | UnsetType = UNSET
    conditions: list["ConditionAnswer"] | UnsetType = UNSET


class RuleAnswer(Answer):
    """A rule that was asked: what it gave (points of all who got some) and how, or the first reason why it gave
    nothing."""

    rule_id: str
    rule: str
    sentence: Annotated[str, Meta(description="The rule in words.")]
    fired: bool
    points: int
    reason: str
    campaign_id: str | UnsetType = UNSET
    version: str | UnsetType = UNSET
    conditions: ConditionAnswer
    audience: ConditionAnswer | UnsetType = UNSET


class PreviewAnswer(Answer):
    """What a purchase would give, and why."""

    program_id: UUID
    member_id: UUID
    points: int
    breakdown: list[BreakdownLine]
    rules: list[RuleAnswer]
    available_at: Moment
    expires_at: Moment | None


class ExplanationAnswer(Answer):
    """Why a transaction gave the points it gave; `total` is the sum of the breakdown. `rules` are all that were asked,
    in the order of asking; empty where only the program's own rate decided, or nothing."""

    transaction_id: UUID
    type: Kind
    points: int | None
    amount: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    breakdown: list[BreakdownLine]
    total: int
    rules: list[RuleAnswer]


def preview_answer(found: Preview) -> PreviewAnswer:
    decision = found.decided.decision
    return PreviewAnswer(
        program_id=found.place.program.id,
        member_id=found.place.member_id,
        points=decision.points,
        breakdown=breakdown({"breakdown": [line.as_dict() for line in decision.breakdown]}),
        rules=rule_answers(found.rules, found.names),
        available_at=decision.available_at,
        expires_at=decision.expires_at,
    )


def explanation_answer(found: Recorded | Submission) -> ExplanationAnswer:
    told = current_answer(found)
    why = explain_transaction(told.id) or Told((), Names())
    return ExplanationAnswer(
        transaction_id=told.id,
        type=told.type,
        points=told.points,
        amount=told.amount,
        currency=told.currency,
        breakdown=told.breakdown,
        total=sum(line.points for line in told.breakdown),
        rules=rule_answers(why.rules, why.names),
    )


def rule_answers(rules: tuple[Explained, ...], names: Names) -> list[RuleAnswer]:
    """Each rule with why it gave something or nothing."""
    return [
        RuleAnswer(
            rule_id=one.rule.key,
            rule=one.rule.name,
            sentence=one.sentence,
            fired=bool(one.gifts),
            points=sum(gift.points for gift in one.gifts if gift.is_points),
            reason="; ".join(gift.reason for gift in one.gifts) or one.refused,
            campaign_id=names.campaigns.get(one.rule.campaign, UNSET) if one.rule.campaign else UNSET,
            version=names.versions.get(one.rule.key, UNSET),
            conditions=_condition(one.conditions),
            audience=_condition(one.audience) if one.audience else UNSET,
        )
        for one in rules
    ]


def _condition(step: Step) -> ConditionAnswer:
    is_leaf = bool(step.wanted)
    return ConditionAnswer(
        label=step.label,
        held=step.held,
        wanted=step.wanted if is_leaf else UNSET,
        actual=step.actual if is_leaf else UNSET,
        conditions=UNSET if is_leaf else [_condition(inner) for inner in step.steps],
    )
