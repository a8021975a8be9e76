"""The form of a program's document, as JSON Schema, and where in it each field of a program stands.

A section or field that a document leaves out stays as it is; for a new program it has its usual value. `tiers`, where
given, are all the tiers there are.
"""

from programs.membership.models import Program
from programs.membership.validity import (
    DAYS_MAX,
    EXPIRY_DATES_MAX,
    MONTHS_MAX,
    PERKS_MAX,
    POINTS_MAX,
    TIERS_MAX,
    WARNING_DAYS_MAX,
)

_CODE = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,30}$(?!\\n)"}
_CURRENCY = {"type": "string", "pattern": "^[A-Z]{3}$(?!\\n)", "description": "Of the purchases, ISO 4217."}
_DEBT_MAX = {"type": "integer", "minimum": 0, "maximum": POINTS_MAX}
_MONEY = {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?$(?!\n)"}


def _text(length: int, description: str = "") -> dict:
    return {"type": "string", "minLength": 1, "maxLength": length} | (
        {"description": description} if description else {}
    )


def _whole(least: int, most: int, description: str) -> dict:
    return {"type": "integer", "minimum": least, "maximum": most, "description": description}


def _choice(values, description: str) -> dict:
    return {"type": "string", "enum": list(values), "description": description}


def _section(description: str, properties: dict, required=()) -> dict:
    section = {"type": "object", "description": description, "properties": properties, "additionalProperties": False}
    return section | ({"required": list(required)} if required else {})


SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A loyalty program",
    **_section(
        "What is left out stays as it is.",
        {
            "brand": _section(
                "Whose program it is; needed for a new one. With a name, a brand that is missing is made.",
                {"code": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,50}$(?!\\n)"}, "name": _text(120)},
                ["code"],
            ),
            "program": _section(
                "What it is called and how it is counted. The code says which program is meant.",
                {
                    "code": _CODE,
                    "name": _text(120),
                    "kind": _choice(Program.Kind.values, "What it works with."),
                    "unit": _text(30, 'What the points are called, say "miles".'),
                    "decimal_places": _whole(0, 6, "Digits of the points that are a fraction."),
                    "timezone": _text(60, "IANA name; days and months are counted there."),
                    "status": _choice(Program.Status.values, "Archived is for good."),
                    "community": {"type": "boolean", "description": "Every member of the platform may join it."},
                    "tier_basis": _choice(Program.TierBasis.values, "What counts for the tier: points, money, visits."),
                    "tier_window": _choice(Program.TierWindow.values, "; ".join(Program.TierWindow.labels) + "."),
                    "tier_months": _whole(1, MONTHS_MAX, "How many months count, where the last months count."),
                    "tier_downgrade": _choice(
                        Program.TierDowngrade.values, "; ".join(Program.TierDowngrade.labels) + "."
                    ),
                    "tier_grace_days": _whole(0, DAYS_MAX, "Days that a tier is kept when it is deserved no more."),
                    "tier_warning_days": _whole(
                        0, WARNING_DAYS_MAX, "Members are warned so many days before their tier ends; 0: never."
                    ),
                },
                ["code"],
            ),
            "earning": _section(
                "Points for each full amount of money.",
                {
                    "currency": _CURRENCY,
                    "points": _whole(0, 1_000_000_000, "So many points ..."),
                    "per": _MONEY | {"description": '... for each full amount, a string: "100.00".'},
                    "pending_days": _whole(0, DAYS_MAX, "Days before they can be spent."),
                    "pending_until": {"type": "string", "maxLength": 64}
                    | {"description": "An event they wait for instead, say order.delivered; empty: for none."},
                },
            ),
            "expiry": _section(
                "How long points last. What was earned before a change stays as it was given.",
                {
                    "kind": _choice(Program.ExpiryKind.values, "; ".join(Program.ExpiryKind.labels) + "."),
                    "months": {"type": ["integer", "null"], "minimum": 0, "maximum": MONTHS_MAX}
                    | {"description": "How many months; null: never. With dates: so many at least."},
                    "dates": {"type": "array", "maxItems": EXPIRY_DATES_MAX, "items": {"type": "string"}}
                    | {"description": 'Days of the year, as month-day in quotes: "06-30".'},
                    "warning_days": _whole(0, WARNING_DAYS_MAX, "Members are warned so many days before; 0: never."),
                },
            ),
            "returns": _section(
                "What happens when a purchase comes back and its points were spent.",
                {
                    "policy": _choice(Program.ReturnPolicy.values, "; ".join(Program.ReturnPolicy.labels) + "."),
                    "debt_max": _DEBT_MAX | {"description": "The most points a member can owe."},
                },
            ),
            "redeeming": _section(
                "How points are spent.",
                {
                    "points_min": _whole(1, POINTS_MAX, "The fewest points at once."),
                    "percent_max": _whole(1, 100, "How much of an order points can pay at most."),
                },
            ),
            "tiers": {
                "type": "array",
                "maxItems": TIERS_MAX,
                "description": "All tiers, in any order.",
                "items": _section(
                    "A tier, known by its code.",
                    {
                        "code": _CODE,
                        "name": _text(60),
                        "points_min": _whole(0, POINTS_MAX, "What is needed: points, whole money or purchases."),
                        "benefits": {"type": "string", "maxLength": 2000, "description": "In words members read."},
                        "multiplier": {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3})?$(?!\n)"}
                        | {"description": 'What purchases give is multiplied by it, a string: "1.5".'},
                        "perks": {"type": "array", "maxItems": PERKS_MAX, "items": {"type": "string"}}
                        | {"description": "Short names of what it brings, for apps: free_shipping."},
                    },
                    ["code", "name", "points_min"],
                ),
            },
        },
        ["program"],
    ),
}

FIELDS = {
    ("program", "name"): "name",
    ("program", "kind"): "kind",
    ("program", "unit"): "unit_name",
    ("program", "decimal_places"): "decimal_places",
    ("program", "timezone"): "timezone",
    ("program", "status"): "status",
    ("program", "community"): "is_community",
    ("program", "tier_basis"): "tier_basis",
    ("program", "tier_window"): "tier_window",
    ("program", "tier_months"): "tier_months",
    ("program", "tier_downgrade"): "tier_downgrade",
    ("program", "tier_grace_days"): "tier_grace_days",
    ("program", "tier_warning_days"): "tier_warning_days",
    ("earning", "currency"): "money_currency",
    ("earning", "points"): "earn_points",
    ("earning", "per"): "earn_per",
    ("earning", "pending_days"): "pending_days",
    ("earning", "pending_until"): "pending_until",
    ("expiry", "kind"): "expiry_kind",
    ("expiry", "months"): "expiry_months",
    ("expiry", "dates"): "expiry_dates",
    ("expiry", "warning_days"): "expiry_warning_days",
    ("returns", "policy"): "return_policy",
    ("returns", "debt_max"): "debt_max",
    ("redeeming", "points_min"): "redeem_points_min",
    ("redeeming", "percent_max"): "redeem_percent_max",
}
"""Where in a document each field of `operations.values_of` stands, in the order in which it is written."""
POINTERS = {field: f"/{section}/{name}" for (section, name), field in FIELDS.items()} | {"code": "/program/code"}
