"""What rooms declare of their events, and what of it is personal."""

import pytest

from loyalty.events import catalogue
from loyalty.events.fitting import mistakes
from loyalty.identity.privacy.traces_room import KEPT

WHO = {
    "email",
    "phone",
    "address",
    "birth_date",
    "member_name",
    "full_name",
    "first_name",
    "last_name",
    "to",
    "recipient",
}
WORDS = {"note", "text", "description", "reference", "comment"}
TURNS = {"membership.closed", "membership.reopened", "membership.suspended", "membership.reinstated"}


def test_who_somebody_is_and_what_somebody_wrote_is_declared_personal():
    open_fields = {
        f"{told.name} {name}"
        for told in catalogue.declared()
        for name in (WHO | WORDS) & told.data.keys() - told.personal
        if told.type not in TURNS and told.aggregate not in ("program", "till")
    }

    assert open_fields == set()


def test_an_erasure_keeps_nothing_that_is_personal():
    assert {name for told in catalogue.declared() for name in told.personal if name in KEPT} == set()


def test_what_is_not_declared_is_named():
    fitting = {"transaction_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60", "points": 1}

    assert mistakes("points.earned", 1, fitting) == []
    assert "points" in mistakes("points.earned", 1, fitting | {"points": "1"})[0]
    assert "colour" in mistakes("points.earned", 1, fitting | {"colour": "red"})[0]
    assert "points.earned (version 9) is not declared" in mistakes("points.earned", 9, fitting)
    assert "nothing.happened" in mistakes("nothing.happened", 1, {})[0]


def test_a_type_is_declared_once():
    asked = {"title": "Points earned", "description": "Otherwise.", "aggregate": "ledger account"}

    with pytest.raises(ValueError, match=r"points\.earned\.v1 is declared twice"):
        catalogue.declare("points.earned", **asked)
    with pytest.raises(ValueError, match="no name of an event"):
        catalogue.declare("Earned", **asked)
