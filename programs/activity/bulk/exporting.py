"""Members as a CSV file: those chosen on the list, with the columns that were chosen. The file is kept encrypted with
the run for a week; who takes it away is written down."""

from io import StringIO
from uuid import UUID

from ledger.selectors import balances
from loyalty import clock
from loyalty.csv_files import CsvWriter
from loyalty.identity.models import BrandMember
from loyalty.runs.kinds import Step, Work, runs_as
from loyalty.runs.models import Run
from programs.activity.bulk.selection import CHUNK, read_selection
from programs.membership.models import Membership
from programs.membership.selectors import tiers_of

COLUMNS = {
    "external_id": "Member number",
    "name": "Name",
    "email": "E-mail",
    "phone": "Phone",
    "birth_date": "Birth date",
    "street": "Street",
    "postal_code": "Postal code",
    "city": "City",
    "region": "Region",
    "country": "Country",
    "consents": "Consents",
    "is_active": "Active",
    "known_since": "Known since",
    "points": "Points available, by program",
    "tiers": "Tier, by program",
    "cards": "Card numbers",
}
BY_PROGRAM = {"points", "tiers", "cards"}
ADDRESS = {"street", "postal_code", "city", "region", "country"}


@runs_as("members.export", title="Export of members", permission="members.export", makes_file=True)
class Export(Work):
    """`arguments`: columns. What is written lies in memory until the end, so a run taken up again begins anew."""

    is_resumable = False

    def __init__(self, run: Run):
        super().__init__(run)
        self.ids = read_selection(run).ids
        self.columns = [name for name in COLUMNS if name in run.arguments["columns"]]
        self.text = StringIO()
        self.writer = CsvWriter(self.text, self.columns)

    def total(self) -> int:
        return len(self.ids)

    def step(self, start: int) -> Step:
        ids = self.ids[start : start + CHUNK]
        links = BrandMember.objects.filter(brand=self.run.brand_id, member__in=ids).select_related("member")
        links = {link.member_id: link for link in links}
        more = self._by_program(list(links)) if BY_PROGRAM & set(self.columns) else {}
        for member_id in ids:
            if link := links.get(member_id):
                self.writer.row([self._cell(name, link, more.get(member_id, {})) for name in self.columns])
        step = Step(dealt=len(ids), refused=len(ids) - len(links), counts={"exported": len(links)})
        if start + len(ids) >= len(self.ids):
            step.file, step.file_name = self.text.getvalue(), f"members-{clock.now():%Y-%m-%d}.csv"
        return step

    def _by_program(self, ids: list[UUID]) -> dict[UUID, dict[str, str]]:
        """What the members have in the brand's programs, as cells."""
        parts = Membership.objects.filter(member__in=ids, program__brand=self.run.brand_id).select_related("program")
        parts = list(parts.order_by("program__code"))
        held = balances([part.account_id for part in parts]) if "points" in self.columns else {}
        tiers = tiers_of(parts) if "tiers" in self.columns else {}
        cells: dict[UUID, dict[str, list[str]]] = {}
        for part in parts:
            mine = cells.setdefault(part.member_id, {name: [] for name in BY_PROGRAM})
            code = part.program.code
            mine["cards"].append(part.card_number)
            if part.account_id in held:
                mine["points"].append(f"{code}: {held[part.account_id].available}")
            if tiers.get(part.id):
                mine["tiers"].append(f"{code}: {tiers[part.id].code}")
        return {member: {name: "; ".join(texts) for name, texts in mine.items()} for member, mine in cells.items()}

    def _cell(self, name: str, link: BrandMember, more: dict[str, str]):
        member = link.member
        if name in BY_PROGRAM:
            return more.get(name, "")
        if name in ADDRESS:
            return member.address.get(name, "")
        if name == "external_id":
            return link.external_id
        if name == "known_since":
            return link.created_at
        if name == "consents":
            return "; ".join(sorted(purpose for purpose, yes in member.consents.items() if yes))
        return getattr(member, name)
