"""The events of rules, campaigns, segments, event types, links between programs and referrals."""

from loyalty.events.catalogue import declare_each

BY = {"actor": "text"}
CAMPAIGN = BY | {"key": "text", "revision": "integer"}
EDITED = CAMPAIGN | {"edition": "integer"}
SEGMENT = BY | {"key": "text"}
NAMED = BY | {"name": "text"}
LINK = BY | {
    "link_id": "uuid", "program_id": "uuid", "partner_program_id": "uuid", "points": "integer", "per": "decimal",
}  # fmt: skip

declare_each(
    "rule set",
    {
        "rules.published": (
            "Rules published",
            "A version of the program's rules is in force.",
            BY | {"version": "integer", "before": "integer?", "edition": "integer"},
        ),
    },
)
declare_each(
    "campaign",
    {
        "campaign.created": ("Campaign created", "A program has a new campaign.", CAMPAIGN),
        "campaign.changed": ("Campaign changed", "Terms of a campaign were changed.", CAMPAIGN | {"fields": "texts"}),
        "campaign.activated": ("Campaign activated", "A campaign counts from its beginning on.", EDITED),
        "campaign.paused": ("Campaign paused", "A campaign gives nothing for now.", EDITED),
        "campaign.ended": ("Campaign ended", "A campaign gives nothing any more.", EDITED),
    },
)
declare_each(
    "segment",
    {
        "segment.created": ("Segment created", "A brand has a new group of members.", SEGMENT),
        "segment.changed": ("Segment changed", "A group of members is told otherwise.", SEGMENT),
        "segment.deleted": ("Segment deleted", "A group of members is no more.", SEGMENT),
        "segment.members_added": ("Members added", "Members came into a group.", SEGMENT | {"members": "integer"}),
        "segment.members_removed": ("Members removed", "Members left a group.", SEGMENT | {"members": "integer"}),
    },
)
declare_each(
    "event type",
    {
        "event_type.created": ("Event type created", "A brand has a new type of event for its rules.", NAMED),
        "event_type.changed": ("Event type changed", "Attributes of a type of event were changed.", NAMED),
        "event_type.deleted": ("Event type deleted", "A brand's type of event is no more.", NAMED),
    },
)
declare_each(
    "program",
    {
        "program.link_proposed": ("Link proposed", "A program would earn points at another.", LINK),
        "program.linked": ("Programs linked", "Members of one program earn points at another.", LINK),
        "program.link_ended": ("Link ended", "Members earn no points at the other program any more.", LINK),
    },
)
