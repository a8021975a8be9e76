"""The events of rewards, vouchers, stamps and tills without a line."""

from loyalty.events.catalogue import declare_each

BY = {"actor": "text"}
WHY = BY | {"reason": "text"}
REWARD = BY | {"code": "text", "version": "integer"}
STOCK = BY | {"code": "text", "stock_left": "integer?", "stock_low_at": "integer?"}
HELD = BY | {"reward": "text", "reward_id": "uuid"}
VOUCHER = BY | {"kind": "text", "reward_id": "uuid?"}
OFFERED = VOUCHER | {"reward": "text", "points": "integer", "expires_at": "moment?"}
USED = VOUCHER | {
    "reward": "text", "points": "integer", "expires_at": "moment?", "use_id": "uuid", "status": "text",
    "location_id": "uuid?", "reference": "text", "order_minor": "integer?", "discount_minor": "integer",
    "currency": "text", "uses": "integer", "balance_minor": "integer?", "is_offline": "boolean",
}  # fmt: skip
BATCH = BY | {"made": "integer", "count": "integer"}
SHEET = BY | {"card_id": "uuid", "card": "text"}
GRANT = {"kind": "text", "name": "text", "count": "integer", "rule": "text"}
SCAN = {"scan_id": "uuid", "sequence": "integer", "verdict": "text", "reason": "text"}

declare_each(
    "reward",
    {
        "reward.created": ("Reward created", "A program has a new reward.", REWARD),
        "reward.changed": ("Reward changed", "Terms of a reward were changed.", REWARD | {"fields": "texts"}),
        "reward.archived": ("Reward archived", "A reward can be claimed no more.", REWARD | {"fields": "texts"}),
        "reward.codes_added": ("Codes added", "Codes were put into a pool.", REWARD | {"codes": "integer"}),
        "reward.low_stock": ("Stock is low", "Few of a reward are left.", STOCK),
        "reward.sold_out": ("Sold out", "None of a reward is left.", STOCK),
    },
)
declare_each(
    "hold on stock",
    {
        "reward.held": ("Reward kept back", "One of a reward was put aside for a member.", HELD),
        "reward.released": ("Reward released", "What was put aside is in stock again.", HELD),
    },
)
declare_each(
    "voucher",
    {
        "voucher.issued": ("Voucher issued", "A voucher was made.", OFFERED),
        "voucher.claimed": ("Voucher claimed", "A member has the voucher.", OFFERED),
        "voucher.redeemed": ("Voucher redeemed", "A voucher was used.", USED),
        "voucher.rolled_back": ("Use rolled back", "The use of a voucher was undone.", USED | {"reason": "text"}),
        "voucher.expired": ("Voucher expired", "A voucher was not used in time.", VOUCHER | {"reward": "text"}),
        "voucher.expiring": (
            "Voucher expires soon",
            "A member's unused voucher ends within a week; told once.",
            VOUCHER | {"reward": "text", "expires_at": "moment"},
        ),
        "voucher.disabled": (
            "Voucher disabled",
            "A voucher can be used no more.",
            VOUCHER | {"reason": "text", "uses": "integer", "balance_minor": "integer?"},
        ),
        "voucher.changed": (
            "Voucher changed",
            "A voucher ends at another time.",
            BY | {"kind": "text", "before": "moment?", "expires_at": "moment?"},
        ),
        "voucher.moved": (
            "Voucher moved",
            "A voucher belongs to another program.",
            BY | {"kind": "text", "from_program_id": "uuid", "to_program_id": "uuid"},
        ),
        "voucher.guessing": (
            "Codes guessed",
            "Somebody tries codes that there are not; tries are refused until then.",
            BY | {"of": "text", "tries": "integer", "seconds": "integer", "until": "moment"},
        ),
    },
    personal=("reason", "reference"),
)
declare_each(
    "batch of vouchers",
    {
        "vouchers.issued": (
            "Batch issued",
            "Vouchers of a batch were made.",
            BATCH | {"kind": "text", "reward_id": "uuid?", "issued": "integer"},
        ),
        "vouchers.disabled": (
            "Batch disabled",
            "The vouchers of a batch can be used no more.",
            BATCH | {"reason": "text", "disabled": "integer"},
        ),
        "vouchers.downloaded": ("Codes downloaded", "Somebody took the codes of a batch.", BY | {"codes": "integer"}),
    },
    personal=("reason",),
)
declare_each(
    "sheet of stamps",
    {
        "card.joined": ("Card begun", "A member collects stamps on a card.", SHEET),
        "stamps.added": (
            "Stamps given",
            "A member was given stamps.",
            SHEET | {"stamp_id": "uuid", "count": "integer", "source": "text"},
        ),
        "stamps.full": ("Card full", "A card has all its stamps.", SHEET | {"stamp_id": "uuid"}),
        "stamps.undone": (
            "Stamps undone",
            "Stamps were taken back.",
            SHEET | {"stamp_id": "uuid", "count": "integer", "reason": "text"},
        ),
        "stamps.expired": ("Card expired", "A card was not full in time.", SHEET | {"stamps": "integer"}),
    },
    personal=("reason",),
)
declare_each(
    "stamp card",
    {
        "stamp_card.created": ("Stamp card created", "A program has a new card.", BY | {"code": "text"}),
        "stamp_card.changed": (
            "Stamp card changed",
            "Terms of a card changed.",
            BY | {"code": "text", "fields": "texts"},
        ),
    },
)
declare_each(
    "what earned it",
    {
        "badge.awarded": ("Badge awarded", "A rule gave a member a badge.", GRANT),
        "grant.refused": (
            "Grant refused",
            "What rules gave could not be handed over.",
            GRANT | {"code": "text", "reason": "text"},
        ),
        "grant.taken_back": ("Grant taken back", "What rules gave was taken back.", GRANT),
    },
    personal=("reason",),
)
declare_each(
    "till",
    {
        "till.registered": (
            "Till registered",
            "A till may scan without a line.",
            BY | {"name": "text", "location": "text"},
        ),
        "till.revoked": ("Till revoked", "A till may scan no more.", WHY),
        "till.quarantined": ("Till quarantined", "A till contradicts itself.", WHY),
        "till.released": ("Till released", "A quarantined till may scan again.", WHY),
        "till.gap_given_up": (
            "Gap given up",
            "Scans of a till that never came are waited for no more.",
            WHY | {"from": "integer", "to": "integer"},
        ),
        "offline.settled": ("Offline scan settled", "A scan without a line was judged.", SCAN),
        "offline.loss": (
            "Offline scan lost",
            "A scan without a line was not good, and somebody bears the loss.",
            SCAN | {"borne_by": "text", "minor": "integer", "points": "integer"},
        ),
    },
    personal=("reason",),
)
