"""The events of exchanges between programs: rates, exchanges, what the programs owe each other, gifts, households."""

from loyalty.events.catalogue import declare_each

BY = {"actor": "text"}
PAIR = {"from_program_id": "uuid", "to_program_id": "uuid"}
RATE = BY | PAIR | {
    "rate_id": "uuid", "rate": "decimal", "valid_from": "moment", "fee_percent": "decimal", "fee_points": "integer",
    "from_min": "integer", "from_max": "integer?", "from_step": "integer", "member_daily_max": "integer?",
    "pair_daily_max": "integer?", "pending_hours": "integer", "is_open": "boolean",
}  # fmt: skip
BONUS = BY | PAIR | {
    "bonus_id": "uuid", "name": "text", "percent": "decimal", "starts_at": "moment", "ends_at": "moment",
}  # fmt: skip
AGREEMENT = BY | PAIR | {
    "agreement_id": "uuid", "rate_max": "decimal?", "point_price": "decimal?", "currency": "text",
    "is_prefunded": "boolean",
}  # fmt: skip
POOL = PAIR | {"agreement_id": "uuid", "pool_points": "integer"}
POOLED = BY | POOL | {"points": "integer", "reference": "text"}
SETTLEMENT = BY | PAIR | {
    "settlement_id": "uuid", "month": "text", "exchanges": "integer", "points_given": "integer",
    "points_issued": "integer", "amount": "decimal?", "currency": "text?", "differences": "integer",
    "reference": "text",
}  # fmt: skip
EXCHANGE = PAIR | {"exchange_id": "uuid", "from_amount": "integer", "to_amount": "integer", "fee": "integer"}
SPEND = {"spend_id": "uuid", "points": "integer"}

declare_each(
    "program",
    {
        "rate.set": ("Rate set", "Points of one program become points of another at this rate.", RATE),
        "bonus.set": ("Bonus set", "An exchange gives more for a time.", BONUS),
        "bonus.ended": ("Bonus ended", "An exchange gives no more than its rate again.", BONUS),
        "agreement.proposed": ("Agreement proposed", "A brand asks another to exchange points.", AGREEMENT),
        "agreement.accepted": ("Agreement accepted", "Both brands agree to exchange points.", AGREEMENT),
        "agreement.changed": ("Agreement changed", "Terms between two brands were changed.", AGREEMENT),
        "agreement.ended": ("Agreement ended", "Two brands exchange points no more.", AGREEMENT),
        "pool.topped_up": ("Pool topped up", "Points were paid for ahead.", POOLED),
        "pool.withdrawn": ("Pool withdrawn from", "Points paid for ahead were taken back.", POOLED),
        "settlement.closed": ("Month closed", "What a month of exchanges comes to is fixed.", SETTLEMENT),
        "settlement.paid": ("Month paid", "What a month of exchanges comes to was paid.", SETTLEMENT),
        "transfer_policy.changed": (
            "Gifts changed",
            "Terms of gifts and households were changed.",
            BY | {"changes": "object"},
        ),
    },
)
declare_each(
    "agreement",
    {"pool.low": ("Pool is low", "Points paid for ahead last not much longer.", POOL | {"used_lately": "integer"})},
)
declare_each(
    "exchange",
    {
        "exchange.requested": (
            "Exchange asked for",
            "A member exchanges points; they are held until it is settled.",
            EXCHANGE | {"hold_id": "uuid", "quote_id": "uuid?", "rate": "decimal"},
        ),
        "exchange.completed": (
            "Exchange completed",
            "The points have moved.",
            EXCHANGE | {"out_id": "uuid", "in_id": "uuid"},
        ),
        "exchange.failed": ("Exchange failed", "The points were given back.", EXCHANGE | {"failure": "text"}),
        "exchange.cancelled": ("Exchange cancelled", "The member took it back in time.", EXCHANGE),
        "exchange.dead": (
            "Exchange stuck",
            "It was tried in vain, and waits for somebody to look.",
            EXCHANGE | {"attempts": "integer", "error": "text"},
        ),
        "exchange.revived": ("Exchange revived", "Somebody looked; it is tried again.", EXCHANGE | BY),
    },
)
declare_each(
    "gift",
    {"gift.sent": ("Gift sent", "A member gave another points.", BY | {"points": "integer", "to_member_id": "uuid"})},
)
declare_each(
    "household",
    {
        "household.created": ("Household created", "Members may spend their points together.", BY),
        "household.invited": ("Member invited", "A member was asked into a household.", BY),
        "household.joined": ("Member joined", "A member came into a household.", BY),
        "household.declined": ("Invitation declined", "A member did not want to join.", BY),
        "household.left": ("Member left", "A member left a household.", BY),
        "household.removed": ("Member removed", "A member was taken out of a household.", BY),
        "household.ended": ("Household ended", "A household is no more.", BY),
        "household.spent": (
            "Spent together",
            "A household spent points of several members.",
            SPEND
            | {
                "parts": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "member_id": {"type": "string", "format": "uuid"},
                            "points": {"type": "integer"},
                        },
                        "additionalProperties": False,
                    },
                }
            },
        ),
        "household.spend_reversed": ("Common spend undone", "All have their points back.", SPEND | BY),
    },
)
