"""A loyalty program in plain Python, independent of the service: dictionaries and lists, no database, nothing of the
code under test. It gives the answers that imports of real purchases are compared with, and derives redemptions."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
TIERS = {"platinum": 220, "gold": 95, "silver": 30, "bronze": 0}


@dataclass
class ModelLot:
    invoice_no: str
    earned_at: datetime
    expires_at: datetime
    points: int
    amount: int
    left: int
    spent: int = 0
    expired: int = 0
    refunded: int = 0
    reversed: int = 0


@dataclass
class ModelMember:
    lots: dict[str, ModelLot] = field(default_factory=dict)
    earned: int = 0
    reversed: int = 0
    shortfall: int = 0
    expired: int = 0
    redeemed: int = 0
    debt: int = 0


def month_start(moment: datetime, months: int) -> datetime:
    """The first instant of the month so many months after the moment's own."""
    index = moment.year * 12 + moment.month - 1 + months
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=LONDON)


class ModelProgram:
    """5 points for each 100.00, gone at the end of the same month a year later, debts allowed."""

    def __init__(self):
        self.members: dict[str, ModelMember] = defaultdict(ModelMember)

    def live(self, member: ModelMember, at: datetime) -> list[ModelLot]:
        """The member's lots with points left, in the order they are spent; those that lapsed by now expire first."""
        for lot in member.lots.values():
            if lot.left and lot.expires_at <= at:
                member.expired += lot.left
                lot.expired += lot.left
                lot.left = 0
        order = sorted(member.lots.values(), key=lambda lot: (lot.expires_at, lot.earned_at, lot.invoice_no))
        return [lot for lot in order if lot.left]

    def earn(self, customer: str, invoice_no: str, amount: int, at: datetime) -> None:
        member = self.members[customer]
        self.live(member, at)
        points = 5 * (amount // 10_000)
        paid = min(points, member.debt)
        member.debt -= paid
        member.earned += points
        lot = ModelLot(invoice_no, at, month_start(at, 13), points, amount, points - paid, spent=paid)
        member.lots[invoice_no] = lot

    def redeem(self, customer: str, points: int, at: datetime) -> None:
        member = self.members[customer]
        member.redeemed += points
        assert self.spend(self.live(member, at), points) == points

    def spend(self, lots: list[ModelLot], points: int) -> int:
        spent = 0
        for lot in lots:
            part = min(lot.left, points - spent)
            lot.left -= part
            lot.spent += part
            spent += part
        return spent

    def give_back(self, customer: str, original: str, amount: int, at: datetime) -> None:
        member = self.members[customer]
        live = self.live(member, at)
        lot = member.lots.get(original)
        if lot is None or not lot.amount:
            return
        lot.refunded = min(lot.amount, lot.refunded + amount)
        points = lot.points * lot.refunded // lot.amount - lot.reversed
        lot.reversed += points
        member.reversed += points
        own = min(points, lot.left)
        lot.left -= own
        spent = min(points - own, lot.spent)
        lot.spent -= spent
        member.debt += spent - self.spend(live, spent)
        member.shortfall += points - own - spent

    def apply(self, row: dict) -> None:
        """One row of an events file."""
        at = datetime.fromisoformat(row["ts"]).replace(tzinfo=LONDON)
        customer = row["customer_id"]
        if row["type"] == "redeem":
            self.redeem(customer, int(row["amount"]), at)
        elif row["type"] == "earn":
            self.earn(customer, row["invoice_no"], int(row["amount"].replace(".", "")), at)
        else:
            self.give_back(customer, row["original_invoice_no"], int(row["amount"].replace(".", "")), at)

    def balances_at(self, instant: str) -> dict[str, dict]:
        """What `export_balances` must say of every member at this instant, before which everything applied was."""
        at = datetime.fromisoformat(instant).replace(tzinfo=LONDON)
        months_ago = at.replace(year=at.year - 1)
        answers = {}
        for customer, member in self.members.items():
            live = sum(lot.left for lot in self.live(member, at))
            recent = sum(lot.points - lot.reversed for lot in member.lots.values() if lot.earned_at > months_ago)
            answers[customer] = {
                "earned": member.earned,
                "reversed": member.reversed,
                "lifetime": member.earned - member.reversed,
                "expired": member.expired,
                "redeemed": member.redeemed,
                "debt": member.debt,
                "balance": live - member.debt,
                "tier": next(tier for tier, points in TIERS.items() if recent >= points),
            }
        return answers


def with_redemptions(rows):
    """The rows of an events file with a redemption of every whole hundred live points after each purchase."""
    model = ModelProgram()
    for row in rows:
        model.apply(row)
        yield row
        if row["type"] != "earn":
            continue
        at = datetime.fromisoformat(row["ts"]).replace(tzinfo=LONDON)
        live = sum(lot.left for lot in model.live(model.members[row["customer_id"]], at))
        if points := live // 100 * 100:
            redemption = {
                **row,
                "type": "redeem",
                "invoice_no": f"R{row['invoice_no']}",
                "original_invoice_no": "",
                "amount": str(points),
            }
            model.apply(redemption)
            yield redemption
