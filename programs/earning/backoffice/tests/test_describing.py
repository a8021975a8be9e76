"""The builder knows all that the reader of rules knows."""

from programs.earning.backoffice import wording
from programs.earning.backoffice.describing import described
from programs.earning.rules import catalogue, effects
from programs.earning.rules.conditions import Context

CONTEXT = Context(
    currency="EUR", timezone="UTC", events={"review.written": {"text_length": "integer"}},
    choices={"tiers": frozenset({"gold"})},
)  # fmt: skip
FIELD_KINDS = {
    "integer", "receiver", "measure", "bundle", "factor", "groups", "where", "per", "life", "text", "boolean",
}  # fmt: skip


def test_every_fact_effect_and_comparison_can_be_chosen():
    found = described(CONTEXT, {}, zone="UTC")

    assert {one["name"] for one in found["facts"]} == {*catalogue.FACTS, "event.text_length"}
    assert {one["name"] for one in found["line_facts"]} == set(catalogue.LINE_FACTS)
    assert {one["type"] for one in found["effects"]} == set(effects.READERS)
    assert set(found["operators"]) == {kind.value for kind in catalogue.Kind}
    assert set(found["operator_words"]) == set(catalogue.WORDS)


def test_every_effect_and_its_parts_have_words_and_a_control():
    for one in described(CONTEXT, {}, zone="UTC")["effects"]:
        assert one["type"] in wording.EFFECTS, one["type"]
        for field in one["fields"]:
            assert field["name"] in wording.FIELDS, (one["type"], field["name"])
            assert field["kind"] in FIELD_KINDS


def test_every_choice_has_words():
    chosen = (*effects.RECEIVERS, *effects.SCOPES, *effects.PERIODS, *effects.ON_EXCEEDS)

    assert set(chosen) <= set(wording.OPTIONS)
