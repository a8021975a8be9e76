"""One document out of a program's rules and its campaigns, as the rules package reads it, and the way back from a
mistake in it to where it was written. Pure: no database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from programs.earning.models import Campaign, Segment

SEGMENTS = "member.segments"
DYNAMIC_OPERATORS = ("contains", "doesNotContain")
RULESET = "/ruleset"
CAMPAIGNS = "/campaigns"
# Where a part of a campaign is asked for, by where it stands in the merged document.
PARTS = {
    "/budget/points": "/budget_points",
    "/budget/times": "/budget_times",
    "/per_member/points": "/member_points",
    "/per_member/times": "/member_times",
    "/schedule/from": "/starts_at",
    "/schedule/to": "/ends_at",
}


@dataclass(slots=True)
class Merge:
    """The document, for each of its rules the version it comes from, and where its parts were written: below
    "/ruleset" what the rule set says, below "/campaigns/<key>" what a campaign says."""

    document: Any
    versions: dict[str, str] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)

    def told(self, mistakes: Iterable[Mapping]) -> list[dict]:
        """The mistakes of the merged document as those of what it was made of."""
        # That a rule belongs to its campaign is said here; where the campaign is not in order, that is the mistake.
        return [self._told(one) for one in mistakes if one["pointer"].removesuffix("/campaign") not in self.origins]

    def _told(self, mistake: Mapping) -> dict:
        pointer, detail = mistake["pointer"], mistake["detail"]
        for leaf, segment in self.replaced.items():
            if pointer == leaf or pointer.startswith(f"{leaf}/"):
                pointer, detail = leaf, f"With the conditions of segment '{segment}': {detail}"
        return {**mistake, "pointer": self._origin(pointer), "detail": detail}

    def _origin(self, pointer: str) -> str:
        parts = pointer.split("/")
        stem, rest = "/".join(parts[:3]), "".join(f"/{part}" for part in parts[3:])
        if stem not in self.origins:
            return f"{RULESET}{pointer}"
        if parts[1] == "campaigns":
            rest = PARTS.get(rest, rest)
        return f"{self.origins[stem]}{rest}"


def merged(ruleset: Any, campaigns: Iterable[Campaign] = (), segments: Iterable[Segment] = (), **more) -> Any:
    """The rule set's document with the campaigns in it; see `merge`."""
    return merge(ruleset, campaigns, segments, **more).document


def merge(
    ruleset: Any,
    campaigns: Iterable[Campaign] = (),
    segments: Iterable[Segment] = (),
    *,
    version: str = "",
    timezone: str = "UTC",
) -> Merge:
    """A rule set's document (None: no rules of the program's own) and campaigns, put together: each campaign an entry
    of `campaigns`, its rules behind those of the set, by their priority. Where a rule's key is taken already, the
    campaign's key goes before it. Who is in a segment by conditions is asked by these conditions. What is not in order
    is left as it is, for the reader to find."""
    made = Merge(document={"rules": []} if ruleset is None else ruleset)
    if not isinstance(made.document, dict):
        return made
    conditions = {one.key: one.conditions for one in segments if one.kind == Segment.Kind.DYNAMIC}
    campaigns = sorted(campaigns, key=lambda one: (one.priority, one.key))
    document = made.document = {**made.document}
    for name, inner in (("rules", "conditions"), ("campaigns", "audience")):
        if isinstance(document.get(name), list):
            document[name] = [
                _inlined(one, inner, conditions, f"/{name}/{index}", made) for index, one in enumerate(document[name])
            ]
    taken = {key for rule in _listed(document, "rules") if (key := _key(rule))}
    made.versions = {key: version for key in taken if version}
    for campaign in campaigns:
        _enter(campaign, document, taken, conditions, ZoneInfo(timezone), made)
    return made


def wall_clock(moment, zone: ZoneInfo) -> str:
    """A moment as the program's clock shows it."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


def _enter(campaign: Campaign, document: dict, taken: set[str], conditions: Mapping, zone: ZoneInfo, made: Merge):
    entries, rules = _listed(document, "campaigns"), _listed(document, "rules")
    document["campaigns"], document["rules"] = entries, rules
    at, origin = f"/campaigns/{len(entries)}", f"{CAMPAIGNS}/{campaign.key}"
    made.origins[at] = origin
    entries.append(_inlined(_entry(campaign, zone), "audience", conditions, at, made))
    added = set()
    for index, rule in enumerate(campaign.rules if isinstance(campaign.rules, list) else ()):
        at = f"/rules/{len(rules)}"
        made.origins[at] = f"{origin}/rules/{index}"
        if isinstance(rule, dict):
            rule = {**rule, "campaign": campaign.key}
            if key := _key(rule):
                rule["key"] = f"{campaign.key}.{key}" if key in taken else key
                added.add(rule["key"])
        rules.append(_inlined(rule, "conditions", conditions, at, made))
    taken |= added
    made.versions |= dict.fromkeys(added, f"c{campaign.revision}")


def _entry(campaign: Campaign, zone: ZoneInfo) -> dict:
    """A campaign as the rules package reads it."""
    entry = {"key": campaign.key, "name": campaign.name, "priority": campaign.priority}
    for name, points, times in (
        ("budget", campaign.budget_points, campaign.budget_times),
        ("per_member", campaign.member_points, campaign.member_times),
    ):
        bounds = {"points": points, "times": times}
        if bounds := {unit: bound for unit, bound in bounds.items() if bound is not None}:
            entry[name] = bounds
    if campaign.audience:
        entry["audience"] = campaign.audience
    schedule = {"from": campaign.starts_at, "to": campaign.ends_at}
    if schedule := {name: wall_clock(moment, zone) for name, moment in schedule.items() if moment}:
        entry["schedule"] = schedule
    return entry


def _inlined(one: Any, name: str, conditions: Mapping, at: str, made: Merge) -> Any:
    if not isinstance(one, dict) or name not in one or not conditions:
        return one
    return {**one, name: _asked(one[name], conditions, f"{at}/{name}", made, 0)}


def _asked(node: Any, conditions: Mapping, at: str, made: Merge, depth: int) -> Any:
    """A tree of conditions with those of the segments in the place of their names."""
    # Deeper ones are refused by the reader.
    if not isinstance(node, dict) or depth > 20:
        return node
    for word in ("all", "any"):
        if isinstance(node.get(word), list):
            inner = [_asked(one, conditions, f"{at}/{word}/{n}", made, depth + 1) for n, one in enumerate(node[word])]
            return {**node, word: inner}
    if "not" in node:
        return {**node, "not": _asked(node["not"], conditions, f"{at}/not", made, depth + 1)}
    value, operator = node.get("value"), node.get("operator")
    if node.get("fact") != SEGMENTS or operator not in DYNAMIC_OPERATORS or not isinstance(value, str):
        return node
    if value not in conditions:
        return node
    made.replaced[at] = value
    return conditions[value] if operator == "contains" else {"not": conditions[value]}


def _listed(document: Mapping, name: str) -> list:
    found = document.get(name)
    return list(found) if isinstance(found, list) else []


def _key(rule: Any) -> str:
    key = rule.get("key") if isinstance(rule, dict) else ""
    return key if isinstance(key, str) else ""
