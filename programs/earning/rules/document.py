"""Reading a rule set from JSON: every mistake at once, each at its place, or the rules themselves."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from loyalty.errors import Invalid
from programs.earning.lifetimes import first_instant
from programs.earning.rules import catalogue
from programs.earning.rules.conditions import Conditions, Context
from programs.earning.rules.costing import too_costly
from programs.earning.rules.effects import MULTIPLY, ON_EXCEEDS, read_effect, read_limit
from programs.earning.rules.model import Campaign, Every, Group, Rule, RuleSet, Schedule
from programs.earning.rules.places import Mistakes, Place

SCHEMA = "loyalty.rules/v1"
RULES_MAX, GROUPS_MAX, EFFECTS_MAX, LIMITS_MAX, CAMPAIGNS_MAX = 1000, 50, 20, 10, 500
PRIORITY_MAX = 1_000_000
BYTES_MAX = 256 * 1024
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WALL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z")
HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
MODES, STAGES, COMBINES = ("all", "first", "best"), ("base", "bonus", "multiply"), ("add", "compound")
ROUNDINGS = ("down", "half_up", "up")
ON_RETURNS = ("proportional", "all_if_condition_fails", "keep")
DEFAULT_GROUPS = (
    Group(key="base", stage="base"),
    Group(key="exclusive", mode="first", blocks=("bonus", "multiplier")),
    Group(key="bonus"),
    Group(key="multiplier", stage="multiply"),
)


def read_rules(document: Any, context: Context, *, is_bounded: bool = True) -> RuleSet:
    """The rule set in a JSON document. Invalid with every mistake: pointer, code, detail and, where there is one, a
    hint. Never anything else, whatever the document is. Whatever was once in force can be read for ever where
    `is_bounded` is False: then it can be as large and as costly as it is."""
    mistakes = Mistakes()
    place = Place(document, mistakes)
    found = None
    if is_bounded and _size(document) > BYTES_MAX:
        place.wrong("too_large", f"A document has {BYTES_MAX // 1024} KB at the most.")
    else:
        found = _Reader(context, mistakes).read(place)
    if found and not mistakes.found and is_bounded and (rule := too_costly(found)):
        detail = (
            "With this rule, deciding about a large order would take too long: fewer sums over lines, lists, labels"
        )
        place.at("rules").at(rule.number).wrong("too_costly", f"{detail} or effects are wanted in all.")
    if mistakes.found:
        raise Invalid(mistakes.found, "The rules are not valid.")
    return found


def _size(document: Any) -> int:
    try:
        return len(msgspec.json.encode(document))
    except (RecursionError, ValueError, TypeError, OverflowError, msgspec.MsgspecError):
        # What cannot be written down at all has mistakes that the reader finds.
        return 0


class _Reader:
    def __init__(self, context: Context, mistakes: Mistakes):
        self.context, self.mistakes, self.zone = context, mistakes, ZoneInfo(context.timezone)
        self.groups: dict[str, Group] = {}
        self.campaigns: dict[str, Campaign] = {}

    def read(self, place: Place) -> RuleSet | None:
        members = place.members(("rules",), ("schema", "currency", "timezone", "rounding", "groups", "campaigns"))
        if members is None:
            return None
        for name, wanted in (("schema", SCHEMA), ("currency", self.context.currency), ("timezone", self.zone.key)):
            if name in members and members[name].value != wanted:
                members[name].wrong("other_value", f"The program's is '{wanted}'; it can be left out here.")
        rounding = members["rounding"].choice(ROUNDINGS, "rounding") if "rounding" in members else "down"
        self._read_groups(members.get("groups"))
        if "campaigns" in members:
            read = [self._campaign(one) for one in members["campaigns"].elements(most=CAMPAIGNS_MAX)]
            self.campaigns = _by_key(members["campaigns"], read)
        if "rules" not in members:
            return None
        places = members["rules"].elements(most=RULES_MAX)
        rules = [self._rule(number, one) for number, one in enumerate(places)]
        _by_key(members["rules"], rules)
        return RuleSet(
            currency=self.context.currency, timezone=self.zone.key, rounding=rounding or "down",
            groups=tuple(self.groups.values()), campaigns=tuple(self.campaigns.values()),
            rules=tuple(rule for rule in rules if rule),
        )  # fmt: skip

    def _read_groups(self, place: Place | None) -> None:
        if place is None:
            self.groups = {group.key: group for group in DEFAULT_GROUPS}
            return
        read = [self._group(one) for one in place.elements(most=GROUPS_MAX, least=1)]
        self.groups = _by_key(place, read)
        for index, group in enumerate(read):
            for number, blocked in enumerate(group.blocks if group else ()):
                if blocked not in self.groups or blocked == group.key:
                    at = place.at(index).at("blocks").at(number)
                    at.wrong("unknown_group", f"'{blocked}' is no other group.", blocked, self.groups)

    def _group(self, place: Place) -> Group | None:
        members = place.members(("key",), ("mode", "stage", "blocks", "combine"))
        if members is None or "key" not in members:
            return None
        given: dict[str, Any] = {"key": members["key"].key()}
        for name, options in (("mode", MODES), ("stage", STAGES), ("combine", COMBINES)):
            if name in members:
                given[name] = members[name].choice(options, name)
        if "blocks" in members:
            given["blocks"] = tuple(one.key() for one in members["blocks"].elements(most=GROUPS_MAX))
            if given.get("stage") == "multiply" and given["blocks"]:
                members["blocks"].wrong("not_for_stage", "Only what is given before multiplying can block.")
        return None if None in given.values() or None in given.get("blocks", ()) else Group(**given)

    def _campaign(self, place: Place) -> Campaign | None:
        members = place.members(
            ("key",), ("name", "budget", "per_member", "priority", "audience", "schedule", "on_exceed")
        )
        if members is None or "key" not in members:
            return None
        given: dict[str, Any] = {}
        readers = {
            "key": lambda one: one.key(),
            "name": lambda one: one.text(),
            "priority": lambda one: one.integer(most=PRIORITY_MAX),
            "audience": lambda one: Conditions(self.context, catalogue.WHOEVER).read(one),
            "schedule": self._schedule,
        }
        given |= {name: read(members[name]) for name, read in readers.items() if name in members}
        for name, prefix in (("budget", ""), ("per_member", "member_")):
            amounts = members[name].members((), ("points", "times")) if name in members else {}
            given |= {prefix + unit: one.integer(least=1) for unit, one in (amounts or {}).items()}
        if "on_exceed" in members:
            word = members["on_exceed"].choice(ON_EXCEEDS, "way")
            given["truncate"] = None if word is None else word == "truncate"
        return None if None in given.values() else Campaign(**{"name": given["key"]} | given)

    def _rule(self, number: int, place: Place) -> Rule | None:
        members = place.members(
            ("key", "name", "trigger", "effects"),
            ("group", "priority", "schedule", "conditions", "limits", "campaign", "on_return", "stop"),
        )
        if members is None:
            return None
        given: dict[str, Any] = {"number": number, "group": "bonus"}
        readers = {
            "key": lambda one: one.key(),
            "name": lambda one: one.text(),
            "trigger": self._trigger,
            "group": lambda one: one.choice(self.groups, "group"),
            "priority": lambda one: one.integer(most=PRIORITY_MAX),
            "schedule": self._schedule,
            "campaign": lambda one: one.choice(self.campaigns, "campaign"),
            "on_return": lambda one: one.choice(ON_RETURNS, "way"),
            "stop": lambda one: one.boolean(),
        }
        given |= {name: read(members[name]) for name, read in readers.items() if name in members}
        if "group" not in members and "bonus" not in self.groups:
            place.wrong("missing", "'group' is missing.")
        trigger = given.get("trigger")
        if trigger is not None:
            self._read_conditions(members, Conditions(self.context, trigger), given)
        if "limits" in members:
            places = members["limits"].elements(most=LIMITS_MAX)
            given["limits"] = tuple(read_limit(one, has_campaign="campaign" in members) for one in places)
        missing = {"key", "name", "trigger", "effects"} - given.keys()
        return None if missing or _has_none(given.values()) else Rule(**given)

    def _read_conditions(self, members: Mapping[str, Place], conditions: Conditions, given: dict) -> None:
        if "conditions" in members:
            given["conditions"] = conditions.read(members["conditions"]) or Every(())
        if "effects" not in members:
            return
        group = self.groups.get(given["group"])
        stage = group.stage if group else ""
        multiplied = frozenset(key for key, one in self.groups.items() if one.stage != "multiply")
        effects = []
        for place in members["effects"].elements(most=EFFECTS_MAX, least=1):
            effect = read_effect(place, conditions, multiplied)
            effects.append(effect)
            if effect and group and (effect.type == MULTIPLY) != (stage == "multiply"):
                wanted = "of stage 'multiply'" if effect.type == MULTIPLY else "of another stage than 'multiply'"
                place.wrong("wrong_stage", f"{effect.type} belongs into a group {wanted}.")
            if effect and group and group.combine == "compound" and effect.where:
                place.wrong("wrong_stage", "Where factors compound they multiply whole groups, not some lines.")
        given["effects"] = tuple(effects)

    def _trigger(self, place: Place) -> str | None:
        known = (*catalogue.TRIGGERS, *(f"{catalogue.EVENT}{name}" for name in self.context.events))
        return place.choice(known, "trigger")

    def _schedule(self, place: Place) -> Schedule | None:
        members = place.members((), ("from", "to", "weekdays", "hours"))
        if members is None:
            return None
        starts, ends = (self._instant(members[name]) if name in members else None for name in ("from", "to"))
        if starts and ends and ends <= starts:
            members["to"].wrong("out_of_range", "It ends before it begins.")
        days = members["weekdays"].elements(most=7, least=1) if "weekdays" in members else []
        weekdays = frozenset(WEEKDAYS.index(day) for one in days if (day := one.choice(WEEKDAYS, "weekday")))
        hours = self._hours(members["hours"]) if "hours" in members else None
        return Schedule(starts_at=starts, ends_at=ends, weekdays=weekdays, hours=hours, timezone=self.zone.key)

    def _instant(self, place: Place) -> datetime | None:
        """A wall clock's reading in the program's zone, as an instant."""
        try:
            if isinstance(place.value, str) and WALL.match(place.value):
                wall = datetime.fromisoformat(place.value)
                if 1990 <= wall.year <= 2999:
                    return first_instant(wall, self.zone)
        except ValueError:
            pass
        return place.wrong("not_a_time", "A time of the program's clock is wanted here, like 2026-05-15T18:00:00.")

    def _hours(self, place: Place) -> tuple[time, time] | None:
        members = place.members(("from", "to")) or {}
        read = []
        for one in members.values():
            if not isinstance(one.value, str) or not HOUR.match(one.value):
                one.wrong("not_a_time", "An hour of the program's clock is wanted here, like 18:00.")
                continue
            read.append(time.fromisoformat(one.value))
        if len(read) == 2 and read[0] == read[1]:
            place.wrong("out_of_range", "These hours are empty.")
        return (read[0], read[1]) if len(read) == 2 else None


def _by_key(place: Place, read: Iterable) -> dict:
    found: dict[str, Any] = {}
    for index, one in enumerate(read):
        if one and one.key in found:
            place.at(index).at("key").wrong("twice", f"'{one.key}' stands there twice.")
        elif one:
            found[one.key] = one
    return found


def _has_none(values: Iterable) -> bool:
    return any(value is None or (isinstance(value, tuple) and None in value) for value in values)
