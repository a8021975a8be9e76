"""Files as shops export them: small ones that tests write, and the real purchases kept beside the project."""

import csv
import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path

import pytest
from django.conf import settings

from loyalty.identity.models import Brand
from programs.activity.exporting import member_balances
from programs.activity.importing import Summary, import_purchases
from programs.activity.moments import moment_of
from programs.activity.source_files import EVENTS, LINES, BadRow
from programs.membership.models import Program
from programs.membership.operations import create_program
from programs.membership.validity import TierTerms

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
LINES_FILE = DATA / "retail_lines.csv.gz"
EVENTS_FILE = DATA / "retail_events.csv.gz"
INSTANTS = {"2011-06-15": "2011-06-15T12:00", "2011-09-01": "2011-09-01T00:00"}

needs_real_purchases = pytest.mark.skipif(
    not LINES_FILE.exists(), reason=f"the real purchases are not here: {LINES_FILE} is missing"
)


def rows_of(path: Path) -> Iterator[dict]:
    with gzip.open(path) as packed:
        yield from csv.DictReader(TextIOWrapper(packed, encoding="utf-8", newline=""))


def expected_members(day: str, story: str) -> dict[str, dict]:
    """What `export_balances` must say of each member by the files beside the project; story "s1" or "s2"."""
    members = {}
    for row in rows_of(DATA / f"expected_members_{day}.csv.gz"):
        spent = story == "s2"
        members[row["customer_id"]] = {
            "earned": int(row["earned"]),
            "reversed": int(row["reversed"]),
            "lifetime": int(row["lifetime"]),
            "expired": int(row[f"{story}_expired"]),
            "redeemed": int(row["s2_redeemed"]) if spent else 0,
            "debt": int(row["s2_debt"]) if spent else 0,
            "balance": int(row[f"{story}_balance"]),
            "tier": row["tier"],
        }
    return members


def expected_totals(day: str, story: str) -> dict:
    """What all members together must come to by the file beside the project; story "s1" or "s2"."""
    scenarios = json.loads((DATA / "expected_totals.json").read_text())["scenarios"]
    (found,) = (one for name, one in scenarios.items() if name.startswith(story.upper()) and name.endswith(day))
    return found


def write_events(path: Path, rows) -> Path:
    """Writes rows (dicts without seq, or with one) as an events file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, EVENTS)
        writer.writeheader()
        writer.writerows({"original_invoice_no": "", **row, "seq": n} for n, row in enumerate(rows, 1))
    return path


def write_lines(path: Path, rows) -> Path:
    """Writes rows (sequences in the order of LINES) as a lines file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(LINES)
        writer.writerows(rows)
    return path


def open_shop(code: str = "SHOP") -> Program:
    """The program that the real purchases' answers belong to, of a brand of its own."""
    brand = Brand.objects.create(code=code.lower(), name=code.title())
    tiers = {"bronze": 0, "silver": 30, "gold": 95, "platinum": 220}
    return create_program(
        brand,
        code=code,
        name="Gift Shop",
        timezone="Europe/London",
        money_currency="GBP",
        earn_points=5,
        earn_per=Decimal("100.00"),
        expiry_months=12,
        tiers=[TierTerms(tier, tier.title(), points) for tier, points in tiers.items()],
    )


def take_in(program: Program, path: Path, **options) -> tuple[Summary, list[BadRow]]:
    """Imports the file; answers the summary and the refused rows."""
    refused: list[BadRow] = []
    return import_purchases(program, path, refuse=refused.append, **options), refused


def balances_of(program: Program, at: str) -> dict[str, dict]:
    """What `export_balances` says of each member, by external id."""
    lines = [line._asdict() for line in member_balances(program, at=moment_of(at, program.timezone))]
    return {line.pop("external_id"): line for line in lines}
