"""A file of members taken in, or only told what it would do: row by row checked, chunk by chunk written. Rows that
cannot be right are refused with their reasons, and the rest goes in; the same file again changes nothing."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from uuid import UUID

from django.db import IntegrityError, transaction

from loyalty.csv_files import BadRow, Row, read_csv
from loyalty.identity.members_in_bulk import Entered, enter_members
from loyalty.identity.models import BrandMember, Member
from loyalty.runs.approval import givers_of
from loyalty.runs.carrying import principal_of
from loyalty.runs.kinds import Step, Work, runs_as
from loyalty.runs.models import Run
from programs.activity.giving import Gift, deposit_many, given_before
from programs.activity.member_import.columns import CellMistake, Line, Reading, line_of
from programs.membership.enrolment import enrol_many
from programs.membership.errors import ProgramNotActive
from programs.membership.models import Membership, Program

KIND = "members.import"
CHUNK = 500
PART = ("member_id", "program_id", "status")
TRIES_MAX = 3


@runs_as(KIND, title="Member import", permission="members.import")
class MemberImport(Work):
    """`arguments`: columns (name in the file -> field), existing (update or skip), country, dates, enrol (ids of
    programs), points_program (id)."""

    def __init__(self, run: Run):
        super().__init__(run)
        # What only tells keeps what it has seen in mind, and begins anew where it was interrupted.
        self.is_resumable = not run.is_dry_run
        asked = run.arguments
        self.file = run.file.encode()
        self.reading = Reading(asked["columns"], asked.get("country", ""), asked.get("dates", "ymd"))
        self.programs = {program.code: program for program in Program.objects.filter(brand=run.brand_id)}
        by_id = {str(program.id): program for program in self.programs.values()}
        self.enrol = [by_id[each] for each in asked.get("enrol", ()) if each in by_id]
        self.points_program = by_id.get(asked.get("points_program") or "")
        for program in {*self.enrol, *([self.points_program] if self.points_program else [])}:
            if program.status != Program.Status.ACTIVE:
                raise ProgramNotActive(f"{program.name} is not active.", status=program.status)
        own = Member.objects.filter(person__in=givers_of(run))
        self.givers = set(own.values_list("pk", flat=True)) if self.points_program else set()
        self._rewind()

    def total(self) -> int:
        return sum(1 for _ in self._read())

    def step(self, start: int) -> Step:
        self._move_to(start)
        rows = list(islice(self.rows, CHUNK))
        self.position += len(rows)
        step = Step(dealt=len(rows))
        lines = [line for row in rows if (line := self._line(row, step))]
        for attempt in range(TRIES_MAX):
            taken = Step(dealt=0)
            try:
                with transaction.atomic():
                    Chunk(self, lines, taken).take_in()
                break
            except IntegrityError:
                # Somebody entered one of these members in between: they are known now.
                if attempt == TRIES_MAX - 1:
                    raise
        step.counts, step.mistakes = taken.counts, sorted([*step.mistakes, *taken.mistakes], key=lambda m: m["row"])
        step.refused += taken.refused
        return step

    def _read(self) -> Iterator[Row | BadRow]:
        return read_csv(BytesIO(self.file), columns=list(self.reading.columns))

    def _rewind(self) -> None:
        self.rows, self.position = self._read(), 0
        self.row_of: dict[str, int] = {}
        self.emails: dict[str, str] = {}

    def _move_to(self, start: int) -> None:
        """Goes to a place in the file; what was read before it is known by its external ids."""
        if self.position > start:
            self._rewind()
        for row in islice(self.rows, start - self.position):
            self.position += 1
            self._line(row, Step(dealt=0))

    def _line(self, row: Row | BadRow, step: Step) -> Line | None:
        """The row as a member, or None and the reason in the step."""
        if isinstance(row, BadRow):
            refuse(step, row.line, "", "unreadable", row.reason)
            return None
        try:
            line = line_of(row.line, row.cells, self.reading)
            self._check(line)
        except CellMistake as mistake:
            refuse(step, row.line, mistake.name, mistake.code, mistake.detail)
            return None
        self.row_of[line.entry.external_id] = row.line
        return line

    def _check(self, line: Line) -> None:
        """What can be said of a row without looking at the members there are."""
        first = self.row_of.get(line.entry.external_id)
        if first:
            raise CellMistake("external_id", "duplicate", f"The same external id stands in row {first}.")
        for code in line.programs:
            program = self.programs.get(code)
            if program is None or program.status != Program.Status.ACTIVE:
                raise CellMistake("programs", "unknown", "There is no active program with this code.")
        if line.opening and self.points_program is None:
            raise CellMistake("opening_balance", "no-program", "No program was chosen for opening balances.")


class Chunk:
    """Some rows of one import, against the members there are."""

    def __init__(self, work: MemberImport, lines: list[Line], step: Step):
        self.work, self.run, self.step = work, work.run, step
        self.is_dry_run = work.run.is_dry_run
        self.actor = principal_of(work.run).actor
        self.lines = lines

    def take_in(self) -> None:
        self._count("_points_asked", sum(line.opening for line in self.lines))
        limit = self.run.brand.approval_points_min
        self._count("_large_gifts", sum(1 for line in self.lines if line.opening and line.opening >= limit))
        known = self._known()
        parts = self._parts(list(known.values()))
        keys = {line.row: self._key(known[line.entry.external_id]) for line in self.lines
                if line.opening and line.entry.external_id in known}  # fmt: skip
        given = given_before(self.work.points_program, list(keys.values())) if keys else {}
        lines = [line for line in self.lines if self._may_begin_with(line, known, parts, keys, given)]
        entered = enter_members(
            self.run.brand,
            [line.entry for line in lines],
            actor=self.actor,
            update=self.run.arguments.get("existing") != "skip",
            is_dry_run=self.is_dry_run,
            emails=self.work.emails,
        )
        taken = []
        for line, answer in zip(lines, entered, strict=True):
            if answer.outcome == "refused":
                refuse(self.step, line.row, answer.field, answer.code, answer.detail)
            else:
                taken.append((line, answer))
        self._enrol(taken, parts)
        self._give(taken, given)
        for _, answer in taken:
            self._count(answer.outcome, 1)

    def _known(self) -> dict[str, UUID]:
        names = [line.entry.external_id for line in self.lines]
        links = BrandMember.objects.filter(brand=self.run.brand_id, external_id__in=names)
        return dict(links.values_list("external_id", "member_id"))

    def _parts(self, member_ids: list[UUID]) -> dict[tuple[UUID, UUID], str]:
        """The status of their memberships, by member and program."""
        found = Membership.objects.filter(member__in=member_ids, program__brand=self.run.brand_id)
        return {(member, program): status for member, program, status in found.values_list(*PART)}

    def _key(self, member_id: UUID) -> str:
        """A member begins in a program once."""
        return f"opening:{self.work.points_program.id}:{member_id}"

    def _may_begin_with(self, line: Line, known, parts, keys, given) -> bool:
        """Whether nothing stands against the row's opening balance; the reason goes to the step."""
        if not line.opening or line.entry.external_id not in known:
            return True
        member_id = known[line.entry.external_id]
        status = parts.get((member_id, self.work.points_program.id), Membership.Status.ACTIVE)
        before = given.get(keys[line.row])
        if member_id in self.work.givers:
            detail = "Nobody gives points to themselves."
        elif before is not None and before != line.opening:
            detail = "Another opening balance was given to this member before."
        elif before is None and status != Membership.Status.ACTIVE:
            detail = f"The membership is {status}."
        else:
            return True
        refuse(self.step, line.row, "opening_balance", "refused", detail)
        return False

    def _enrol(self, taken: list[tuple[Line, Entered]], parts: dict) -> None:
        wanted: dict[Program, list[Entered]] = {}
        for line, answer in taken:
            programs = {*self.work.enrol, *(self.work.programs[code] for code in line.programs)}
            programs |= {self.work.points_program} if line.opening else set()
            for program in programs:
                if (answer.member_id, program.id) not in parts:
                    wanted.setdefault(program, []).append(answer)
        for program, answers in wanted.items():
            if not self.is_dry_run:
                enrol_many(program, [answer.member_id for answer in answers], actor=self.actor)
            self._count("enrolled", len(answers))
            _mark(answers)

    def _give(self, taken: list[tuple[Line, Entered]], given: dict[str, int]) -> None:
        due = [(line, answer, self._key(answer.member_id)) for line, answer in taken if line.opening]
        due = [each for each in due if each[2] not in given]
        if not due:
            return
        refused = []
        if not self.is_dry_run:
            program = self.work.points_program
            found = Membership.objects.filter(program=program, member__in=[answer.member_id for _, answer, _ in due])
            accounts = dict(found.values_list("member_id", "account_id"))
            gifts = [Gift(accounts[answer.member_id], line.opening, key) for line, answer, key in due]
            reason = self.run.reason or "Opening balance"
            answers = deposit_many(program, gifts, actor=self.actor, reason=reason)
            refused = [n for n, posted in enumerate(answers) if not posted.is_done]
            for n in refused:
                detail = answers[n].refusal().detail
                self.step.mistakes.append(_mistake(due[n][0].row, "opening_balance", answers[n].outcome, detail))
        done = [each for n, each in enumerate(due) if n not in refused]
        self._count("points", sum(line.opening for line, _, _ in done))
        _mark([answer for _, answer, _ in done])

    def _count(self, name: str, more: int) -> None:
        if more:
            self.step.counts[name] = self.step.counts.get(name, 0) + more


def refuse(step: Step, row: int, name: str, code: str, detail: str) -> None:
    step.refused += 1
    step.mistakes.append(_mistake(row, name, code, detail))


def _mistake(row: int, name: str, code: str, detail: str) -> dict:
    return {"row": row, "field": name, "code": code, "detail": detail}


def _mark(answers: list[Entered]) -> None:
    """What was the same and now is not has changed."""
    for answer in answers:
        if answer.outcome == "unchanged":
            answer.outcome = "changed"
