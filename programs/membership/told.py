"""The events of programs, memberships and tiers."""

from loyalty.events.catalogue import declare_each

BY = {"actor": "text"}
TURNED = BY | {"from": "text", "to": "text"}
GIVEN = BY | {"tier": "text?", "reason": "text", "until": "moment?"}

declare_each(
    "program",
    {
        "program.created": ("Program created", "A brand has a new program.", BY | {"code": "text"}),
        "program.updated": ("Program changed", "Terms of the program were changed.", BY | {"changes": "object"}),
        "program.archived": ("Program archived", "The program has ended.", BY | {"changes": "object"}),
    },
)
declare_each(
    "membership",
    {
        "membership.created": ("Member enrolled", "A member takes part in the program.", BY),
        "membership.updated": (
            "Membership changed",
            "What the program knows of it was changed.",
            BY | {"fields": "texts"},
        ),
        "membership.closed": ("Membership ended", "The member left the program.", TURNED),
        "membership.reopened": ("Membership reopened", "The member came back.", TURNED),
        "membership.suspended": ("Membership suspended", "The member can move no points for now.", TURNED),
        "membership.reinstated": ("Membership reinstated", "The member can move points again.", TURNED),
        "tier.changed": (
            "Tier changed",
            "The member has another tier, or none (null).",
            BY | {"before": "text?", "after": "text?", "reason": "text", "note": "text"},
        ),
        "tier.ending": (
            "Tier about to end",
            "The member's tier ends unless they earn more.",
            BY | {"tier": "text", "next": "text?", "ends_at": "moment"},
        ),
        "tier.given": ("Tier given", "A member was given a tier by hand.", GIVEN),
        "tier.taken_back": ("Tier taken back", "A tier given by hand was taken back.", GIVEN),
        "tier.protected": ("Tier protected", "The member keeps the tier until then.", GIVEN),
    },
    personal=("note", "reason"),
)
