"""Shapes of consents and of the document with everything about one person. No queries."""

from typing import Annotated

from msgspec import Meta

from loyalty.http.shapes import UUID, Answer, Moment
from loyalty.identity.privacy.models import ConsentChange


class ConsentAnswer(Answer):
    """A consent given or taken back."""

    purpose: Annotated[str, Meta(examples=["newsletter"])]
    is_given: bool
    brand_id: Annotated[UUID | None, Meta(description="In whose name; null: the member's own word.")]
    source: Annotated[str, Meta(description="Where it was said.", examples=["api", "portal", "registration", "import"])]
    actor: Annotated[str | None, Meta(description="Who wrote it down.", examples=["key:…"])]
    occurred_at: Moment


class PersonalDataAnswer(Answer):
    """Everything that is kept about one person. `sections` hold lists of rows by what they are: profile, known_to,
    notes, consents, memberships, transactions, purchases, devices, events, changes and more."""

    format: str
    exported_at: Moment
    member_id: UUID | None
    person_id: UUID | None
    brand: str | None
    sections: dict[str, list]


def consent_answer(change: ConsentChange) -> ConsentAnswer:
    """The change as an answer."""
    return ConsentAnswer(
        purpose=change.purpose,
        is_given=change.is_given,
        brand_id=change.brand_id,
        source=change.source,
        actor=change.actor,
        occurred_at=change.occurred_at,
    )
