"""A program as one document, YAML or JSON: read strictly, every mistake at once with its pointer; and written. Its form
is in `document_form`; what a document would change is for `applying`."""

import json
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches

import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from loyalty.errors import Invalid
from programs.membership.document_form import FIELDS, POINTERS, SCHEMA
from programs.membership.models import Program
from programs.membership.operations import tier_terms_of, values_of
from programs.membership.validity import TierTerms, mistakes_in, written

BYTES_MAX = 256 * 1024


def parse(text: str) -> dict:
    """The document in `text`, YAML or JSON, checked against its form and against what makes terms possible. Refused as
    Invalid with every mistake: {pointer, code, detail}."""
    document = _load(text)
    errors = list(_form_mistakes(document))
    errors += _value_mistakes(document, wrong={error["pointer"] for error in errors})
    if errors:
        raise Invalid(errors)
    return document


def values_in(document: dict) -> dict:
    """The fields that the document gives, by the names of `operations.values_of`."""
    values = _fields(document)
    if "earn_per" in values:
        values["earn_per"] = Decimal(values["earn_per"])
    return values


def tiers_in(document: dict) -> list[TierTerms] | None:
    """The tiers that the document gives, the lowest first; None where it says nothing of them."""
    if "tiers" not in document:
        return None
    return sorted(map(_tier, document["tiers"]), key=lambda tier: tier.points_min)


def document_of(program: Program) -> dict:
    """The whole program as a document."""
    values = values_of(program) | {"earn_per": written(program.earn_per, program.money_currency)}
    document: dict = {
        "brand": {"code": program.brand.code, "name": program.brand.name},
        "program": {"code": program.code},
    }
    for (section, name), field in FIELDS.items():
        document.setdefault(section, {})[name] = values[field]
    document["tiers"] = [
        {"code": tier.code, "name": tier.name, "points_min": tier.points_min}
        | ({"benefits": tier.benefits} if tier.benefits else {})
        | ({"multiplier": f"{tier.multiplier.normalize():f}"} if tier.multiplier != 1 else {})
        | ({"perks": list(tier.perks)} if tier.perks else {})
        for tier in tier_terms_of(program)
    ]
    return document


def dump(document: dict, *, form: str = "yaml") -> str:
    """The document as text, "yaml" or "json", the same for the same document."""
    if form == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _tier(given: dict) -> TierTerms:
    multiplier, perks = Decimal(given.get("multiplier", "1")), tuple(given.get("perks", ()))
    return TierTerms(**given | {"multiplier": multiplier, "perks": perks})


def _fields(sections: dict) -> dict:
    """The fields as they are written, by the names of `operations.values_of`."""
    return {
        field: sections[section][name]
        for (section, name), field in FIELDS.items()
        if section in sections and name in sections[section]
    }


class _StrictLoader(yaml.SafeLoader):
    """YAML in which no key is given twice and nothing is told by reference, so that a small text stays small."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "references (*) are not read", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        return _without_twins(self.construct_pairs(node, deep=True))


_StrictLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def _without_twins(pairs: list[tuple]) -> dict:
    """The pairs as a mapping. Refuses keys that are given twice, and those that are not text."""
    found = {}
    for key, value in pairs:
        if not isinstance(key, str):
            detail = f"A field's name is text; {key!r} is not. Write it in quotes."
            raise Invalid([{"pointer": "", "code": "invalid-type", "detail": detail}])
        if key in found:
            raise Invalid([{"pointer": "", "code": "given-twice", "detail": f"The field {key} is given twice."}])
        found[key] = value
    return found


def _load(text: str):
    """What the text says, in plain values. JSON is read as such: YAML would not understand all of its strings."""
    if len(text) > BYTES_MAX:
        detail = f"A document has {BYTES_MAX // 1024} KB at most."
        raise Invalid([{"pointer": "", "code": "too-large", "detail": detail}])
    try:
        return json.loads(text, object_pairs_hook=_without_twins)
    except (json.JSONDecodeError, RecursionError):
        pass
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 it is a safe loader
    except (yaml.YAMLError, RecursionError) as error:
        words = " ".join(str(error).split())[:300]
        detail = f"This is neither YAML nor JSON: {words}"
        raise Invalid([{"pointer": "", "code": "malformed", "detail": detail}]) from None


def _is_integer(_, value) -> bool:
    """Whole numbers only: JSON Schema itself would take 5.0 for one."""
    return isinstance(value, int) and not isinstance(value, bool)


_Validator = extend(
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)
_KINDS = {"string": "a string", "integer": "a whole number", "boolean": "true or false", "null": "null"}
_KINDS |= {"object": "a section with fields", "array": "a list"}


def _form_mistakes(document) -> Iterator[dict]:
    for error in sorted(_Validator(SCHEMA).iter_errors(document), key=lambda error: list(map(str, error.path))):
        at = "".join(f"/{step}" for step in error.path)
        if error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance and f"'{name}'" in error.message:
                    yield {"pointer": f"{at}/{name}", "code": "required", "detail": "This field is required."}
        elif error.validator == "additionalProperties":
            known = error.schema["properties"]
            for name in error.instance:
                if name not in known:
                    near = get_close_matches(str(name), known, n=1)
                    hint = f" Did you mean {near[0]}?" if near else f" There are {', '.join(known)}."
                    detail = f"There is no such field.{hint}"
                    yield {"pointer": f"{at}/{name}", "code": "unknown-field", "detail": detail}
        else:
            yield {"pointer": at, "code": _CODES.get(error.validator, "invalid"), "detail": _worded(error)}


_CODES = {
    "type": "invalid-type",
    "enum": "invalid-choice",
    "pattern": "invalid-format",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
    "minLength": "invalid-length",
    "maxLength": "invalid-length",
    "maxItems": "too-many",
}


def _worded(error) -> str:
    if error.validator == "type":
        wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        quotes = " Write it in quotes." if "string" in wanted and not isinstance(error.instance, dict | list) else ""
        return f"This must be {' or '.join(_KINDS[kind] for kind in wanted)}.{quotes}"
    if error.validator == "enum":
        return f"One of {', '.join(error.validator_value)}."
    if error.validator == "pattern":
        return f"{error.instance!r} does not have the form {error.validator_value}."
    words = {"minimum": "At least", "maximum": "At most", "minLength": "Length at least", "maxLength": "Length at most"}
    return f"{words.get(error.validator, 'At most')} {error.validator_value}."


def _value_mistakes(document, wrong: set[str]) -> list[dict]:
    """What is wrong with the values, as far as their form is right: those at the pointers in `wrong` are left out."""
    if not isinstance(document, dict):
        return []
    sections = {name: value for name, value in document.items() if isinstance(value, dict)}
    # A list is judged when all in it is formed well.
    malformed = wrong | {pointer.rpartition("/")[0] for pointer in wrong}
    values = {field: value for field, value in _fields(sections).items() if POINTERS[field] not in malformed}
    if "earn_per" in values:
        values["earn_per"] = Decimal(values["earn_per"])
    are_tiers_formed = not any(pointer.startswith("/tiers") for pointer in wrong)
    tiers = [_tier(tier) for tier in document.get("tiers", [])] if are_tiers_formed else []
    return [
        {"pointer": _pointer(mistake.field), "code": mistake.code, "detail": mistake.detail}
        for mistake in mistakes_in(values, tiers)
    ]


def _pointer(field: str) -> str:
    """Where the field stands in a document; of a list "expiry_dates/1"."""
    name, *rest = field.split("/")
    return "/".join([POINTERS.get(name, f"/{name}"), *rest])
