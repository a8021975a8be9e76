"""The recipes' table: for each its fields, and the rule that they make. Pure."""

from typing import Any

from programs.earning.recipe_fields import (
    CHOICE,
    COUNT,
    DAYS,
    FACTOR,
    HOUR,
    ITEMS,
    LINE_FACTS,
    MOMENT,
    MONEY_KIND,
    PERIODS,
    POINTS,
    QUESTIONS,
    TEXT,
    WEEKDAYS,
    WORDS,
    Field,
)  # fmt: skip
from programs.earning.templates import Blank, Maybe, Rest

ORDER = "order.paid"
NAME = Field(name="name", kind=TEXT, label="Name", help="What members and staff read, say Triple on toys.")
STARTS = Field(name="starts", kind=MOMENT, label="From", help="Empty: at once.", is_required=False)
ENDS = Field(name="ends", kind=MOMENT, label="Until", help="Empty: for ever.", is_required=False)
LEAST = Field(
    name="amount_min", kind=MONEY_KIND, label="Order total at least", help="Empty: any order.", is_required=False
)
CHANNEL = Field(
    name="channel", kind=CHOICE, label="Channel", help="Empty: everywhere.", choices="channels", is_required=False
)
TIERS = Field(name="tiers", kind=WORDS, label="Tiers", help="Empty: everybody.", choices="tiers", is_required=False)
ABOUT = Field(name="about", kind=CHOICE, label="Products by", default="line.category", options=LINE_FACTS)
PRODUCTS = Field(name="products", kind=WORDS, label="Products", help="Categories, SKUs or names.", choices="categories")
TIMES = Field(
    name="times", kind=COUNT, label="At most so many times a member", help="Empty: each time.", is_required=False
)
PERIOD = Field(name="period", kind=CHOICE, label="In", default="month", options=PERIODS)
ONCE_EVER = {"scope": "member", "period": "ever", "times": 1}


def points(label: str = "Points", name: str = "points", **more: Any) -> Field:
    """A field for whole points."""
    return Field(name=name, kind=POINTS, label=label, **more)


def leaf(fact: Any, operator: str, value: Any) -> dict:
    """One question."""
    return {"fact": fact, "operator": operator, "value": value}


LEAST_PATTERN = Maybe(leaf("order.net", "greaterThanInclusive", Blank("amount_min")))
CHANNEL_PATTERN = Maybe(leaf("order.channel", "equal", Blank("channel")))
TIERS_PATTERN = Maybe(leaf("member.tier", "in", Blank("tiers")))
WHERE = {"where": leaf(Blank("about"), "in", Blank("products"))}
TIMES_PATTERN = Maybe({"scope": "member", "period": Blank("period"), "times": Blank("times")})
FIXED = {"type": "points.fixed", "points": Blank("points")}


def rule(*effects: dict, trigger: Any = ORDER, group: Any = None, asked=(), limits=(), **schedule: Any) -> dict:
    """The pattern of a rule; when it begins and ends can always be said."""
    return {
        "key": Blank("key"),
        "name": Blank("name"),
        "trigger": trigger,
        "group": group or Blank("group"),
        "priority": Maybe(Blank("priority")),
        "schedule": {"from": Maybe(Blank("starts")), "to": Maybe(Blank("ends"))} | schedule,
        "conditions": {"all": list(asked)},
        "effects": list(effects),
        "limits": list(limits),
        "on_return": Maybe(Blank("on_return")),
    }


# Key, label, help, the group of a new one, fields, pattern. The first that fits a rule opens it.
PATTERNS: tuple[tuple[str, str, str, str, tuple[Field, ...], dict], ...] = (
    (
        "per-amount", "Points for money spent", "5 points for each full 100.00 of the order.", "base",
        (NAME, points(default=1),
         Field(name="per", kind=MONEY_KIND, label="For each full", default="1.00"), LEAST, CHANNEL, STARTS, ENDS),
        rule({"type": "points.per_amount", "points": Blank("points"), "per": Blank("per")},
             asked=(LEAST_PATTERN, CHANNEL_PATTERN)),
    ),
    (
        "products", "More points for some products", "10 more points for each full 100.00 of toys.", "base",
        (NAME, points("More points"), Field(name="per", kind=MONEY_KIND, label="For each full", default="1.00"),
         ABOUT, PRODUCTS, TIERS, STARTS, ENDS),
        rule({"type": "points.per_amount", "points": Blank("points"), "per": Blank("per"),
              "of": {"fact": "lines.amount", "params": WHERE}}, asked=(TIERS_PATTERN,)),
    ),
    (
        "multiplier", "Points multiplied", "Double points at the weekend, for gold and above.", "multiplier",
        (NAME, Field(name="factor", kind=FACTOR, label="Times", default="2"),
         Field(name="weekdays", kind=DAYS, label="On", help="Empty: every day.", options=WEEKDAYS, is_required=False),
         Field(name="hour_from", kind=HOUR, label="From the hour", help="Empty: all day.", is_required=False),
         Field(name="hour_to", kind=HOUR, label="Until the hour", is_required=False), TIERS, CHANNEL, STARTS, ENDS),
        rule({"type": "points.multiply", "factor": Blank("factor"), "target": Blank("target")},
             asked=(TIERS_PATTERN, CHANNEL_PATTERN), weekdays=Maybe(Blank("weekdays")),
             hours=Maybe({"from": Blank("hour_from"), "to": Blank("hour_to")})),
    ),
    (
        "multiplier-products", "Points multiplied for some products", "Triple points on toys.", "multiplier",
        (NAME, Field(name="factor", kind=FACTOR, label="Times", default="2"), ABOUT, PRODUCTS, TIERS, STARTS, ENDS),
        rule({"type": "points.multiply", "factor": Blank("factor"), "target": Blank("target"), **WHERE},
             asked=(TIERS_PATTERN,)),
    ),
    (
        "birthday-purchase", "In the birthday month", "100 points with a purchase, once a year.", "bonus",
        (NAME, points(default=100), Field(
            name="when", kind=CHOICE, label="When", default="member.is_birthday_month",
            options=(("member.is_birthday_month", "In the month"), ("member.is_birthday", "On the day"))),
         LEAST, STARTS, ENDS),
        rule(FIXED, asked=(leaf(Blank("when"), "equal", True), LEAST_PATTERN),
             limits=({"scope": "member", "period": "year", "times": 1},)),
    ),
    (
        "birthday-gift", "A gift on the birthday", "100 points on the day, without a purchase.", "bonus",
        (NAME, points(default=100), TIERS, STARTS, ENDS),
        rule(FIXED, trigger="member.birthday", asked=(TIERS_PATTERN,)),
    ),
    (
        "welcome", "A gift for joining", "50 points for whoever joins.", "bonus",
        (NAME, points(default=50), STARTS, ENDS),
        rule(FIXED, trigger="member.joined", limits=(ONCE_EVER,)),
    ),
    (
        "first-purchase", "The first purchase", "200 points for the first purchase.", "bonus",
        (NAME, points(default=200), LEAST, CHANNEL, STARTS, ENDS),
        rule(FIXED, asked=(leaf("member.orders_before", "equal", 0), LEAST_PATTERN, CHANNEL_PATTERN),
             limits=(ONCE_EVER,)),
    ),
    (
        "referral", "Friends bring friends", "150 for the friend and 300 for who brought them.", "bonus",
        (NAME, points("Points for the friend", "friend_points", default=150),
         points("Points for who brought them", "referrer_points", default=300), LEAST,
         points("At most a year for who brings friends", "year_points", help="Empty: any number.", is_required=False),
         STARTS, ENDS),
        rule({"type": "points.fixed", "points": Blank("friend_points")},
             {"type": "points.fixed", "points": Blank("referrer_points"), "to": "referrer"},
             asked=(leaf("member.referred", "equal", True), leaf("member.orders_before", "equal", 0), LEAST_PATTERN),
             limits=(ONCE_EVER, Maybe({"scope": "recipient", "period": "year", "points": Blank("year_points")}))),
    ),
    (
        "exclusive", "Instead of all other promotions", "500 points for one segment; nothing else adds.", "exclusive",
        (NAME, points(default=500), Field(name="segment", kind=CHOICE, label="Segment", choices="segments"),
         Field(name="channel_not", kind=CHOICE, label="But not in the channel", choices="channels",
               is_required=False), LEAST, STARTS, ENDS),
        rule(FIXED, group="exclusive", asked=(
            leaf("member.segments", "contains", Blank("segment")),
            Maybe({"not": leaf("order.channel", "equal", Blank("channel_not"))}), LEAST_PATTERN)),
    ),
    (
        "segment", "For one segment", "100 points with each purchase of a VIP.", "bonus",
        (NAME, points(), Field(name="segment", kind=CHOICE, label="Segment", choices="segments"), LEAST, TIMES, PERIOD,
         STARTS, ENDS),
        rule(FIXED, asked=(leaf("member.segments", "contains", Blank("segment")), LEAST_PATTERN),
             limits=(TIMES_PATTERN,)),
    ),
    (
        "tier", "A promotion for tiers", "50 points with each purchase of a gold member.", "bonus",
        (NAME, points(), Field(name="tiers", kind=WORDS, label="Tiers", choices="tiers"), LEAST, CHANNEL, TIMES, PERIOD,
         STARTS, ENDS),
        rule(FIXED, asked=(leaf("member.tier", "in", Blank("tiers")), LEAST_PATTERN, CHANNEL_PATTERN),
             limits=(TIMES_PATTERN,)),
    ),
    (
        "spend", "An order of so much", "50 points for an order of 250.00 or more in the app.", "bonus",
        (NAME, points(default=50), Field(name="amount_min", kind=MONEY_KIND, label="Order total at least"), CHANNEL,
         TIMES, PERIOD, STARTS, ENDS),
        rule(FIXED, asked=(leaf("order.net", "greaterThanInclusive", Blank("amount_min")), CHANNEL_PATTERN),
             limits=(TIMES_PATTERN,)),
    ),
    (
        "pieces", "Points for each piece", "2 points a coffee, 40 a month at most.", "bonus",
        (NAME, points(default=1), ABOUT, PRODUCTS,
         points("At most for each member", "points_max", help="Empty: no bound.", is_required=False), PERIOD,
         STARTS, ENDS),
        rule({"type": "points.per_unit", "points": Blank("points"),
              "of": {"fact": "lines.quantity", "params": WHERE}},
             limits=(Maybe({"scope": "member", "period": Blank("period"), "points": Blank("points_max")}),)),
    ),
    (
        "extra-until", "Extra until they are gone", "10 % extra until 100,000 points are given.", "multiplier",
        (NAME, Field(name="factor", kind=FACTOR, label="Times", default="1.1"),
         points("Points in all", "budget", default=100_000), STARTS, ENDS),
        rule({"type": "points.multiply", "factor": Blank("factor"), "target": Blank("target")},
             limits=({"scope": "program", "period": "ever", "points": Blank("budget")},)),
    ),
    (
        "bundle", "Bought together", "75 points for a camera and two lenses.", "bonus",
        (NAME, points(), Field(name="items", kind=ITEMS, label="Items", help="SKUs and how many of each."),
         Field(name="sets_max", kind=COUNT, label="Sets at most", help="Empty: all.", is_required=False),
         STARTS, ENDS),
        rule({"type": "points.per_bundle", "points": Blank("points"), "items": Blank("items"),
              "max_sets": Maybe(Blank("sets_max"))}),
    ),
    (
        "event", "Something that a member does", "20 points for a review, three a month.", "bonus",
        (NAME, points(default=20), Field(name="event", kind=CHOICE, label="What happens", choices="events"),
         Field(name="questions", kind=QUESTIONS, label="Only if", is_required=False), TIMES, PERIOD, STARTS, ENDS),
        rule(FIXED, trigger=Blank("event", "event:"), asked=(Rest("questions"),), limits=(TIMES_PATTERN,)),
    ),
    (
        "stamps", "Stamps", "A stamp on a card for each order of 5.00 or more.", "bonus",
        (NAME, Field(name="card", kind=TEXT, label="Card", choices="cards"),
         Field(name="count", kind=COUNT, label="Stamps", default=1), LEAST, CHANNEL, TIMES, PERIOD, STARTS, ENDS),
        rule({"type": "stamp.add", "card": Blank("card"), "count": Blank("count")},
             asked=(LEAST_PATTERN, CHANNEL_PATTERN), limits=(TIMES_PATTERN,)),
    ),
)  # fmt: skip
