"""The events of what members do, and of what time does to their points."""

from loyalty.events.catalogue import declare_each

BY = {"actor": "text"}
GOAL = BY | {"campaign": "text", "value": "integer", "target": "integer", "metric": "text"}
SUBMITTED = {"transaction_id": "uuid", "kind": "text", "problem": "object"}

declare_each(
    "membership",
    {
        "points.available": (
            "Points available",
            "Pending points count from now on.",
            {"points": "integer", "since": "moment"},
        ),
        "points.expiring": (
            "Points about to expire",
            "Points expire unless they are spent.",
            {"points": "integer", "expires_at": "moment", "days": "integer"},
        ),
        "referral.made": (
            "Friend referred",
            "Somebody joined by another member's code.",
            BY | {"referral_id": "uuid", "referrer_id": "uuid"},
        ),
    },
)
declare_each(
    "campaign",
    {
        "campaign.goal_reached": (
            "Goal reached",
            "The members together reached a campaign's goal.",
            GOAL | {"reached_at": "moment", "participants": "integer"},
        ),
        "campaign.goal_missed": ("Goal missed", "A campaign ended before its goal was reached.", GOAL),
        "campaign.goal_paid": (
            "Goal paid",
            "Those who took part were given what the goal promised.",
            BY | {"campaign": "text", "members": "integer", "points": "integer"},
        ),
    },
)
declare_each(
    "transaction",
    {
        "transaction.submitted": ("Transaction submitted", "A movement was taken in to be done soon.", SUBMITTED),
        "transaction.failed": ("Transaction failed", "A movement taken in was refused.", SUBMITTED),
    },
    personal=("problem",),
)
