"""What can be done with many members at once, each as a kind of run: how it is done, and how undone. All of it goes
through the operations of the rooms whose business it is."""

from uuid import UUID

from loyalty.identity.member_status import set_active
from loyalty.identity.models import Member, MemberNote
from loyalty.identity.notes import add_notes, delete_notes
from loyalty.runs.approval import givers_of
from loyalty.runs.carrying import principal_of
from loyalty.runs.kinds import Done, runs_as
from loyalty.runs.models import RunItem
from programs.activity.bulk.selection import MembersWork, Refused, UndoWork
from programs.activity.giving import Gift, deposit_many, take_back_many
from programs.membership.enrolment import enrol_many
from programs.membership.models import Membership, Program
from programs.membership.status_in_bulk import turn_status

Status = Membership.Status


def _program_of(run) -> Program:
    return Program.objects.select_related("unit", "brand").get(pk=run.arguments["program"], brand=run.brand_id)


def _inactive(ids: list[UUID]) -> list[Refused]:
    off = Member.objects.filter(pk__in=ids, is_active=False).values_list("pk", flat=True)
    return [Refused(each, "member-inactive", "The member is switched off.") for each in off]


class Leave(UndoWork):
    """Ends the memberships that were made."""

    def undo(self, items: list[RunItem]):
        ids, ended = [item.before["membership"] for item in items], 0
        for before in (Status.ACTIVE, Status.SUSPENDED):
            actor = principal_of(self.run).actor
            ended += len(turn_status(self.run.brand, Status.CLOSED, before=before, actor=actor, membership_ids=ids))
        return {"ended": ended}, []


@runs_as("members.enrol", title="Enrol members", permission="memberships.add", undo=Leave)
class Enrol(MembersWork):
    def deal_with(self, ids):
        program, refused = _program_of(self.run), _inactive(ids)
        ids = [each for each in ids if each not in {one.member_id for one in refused}]
        there = set(Membership.objects.filter(program=program, member__in=ids).values_list("member", flat=True))
        made = enrol_many(program, ids, actor=principal_of(self.run).actor)
        done = [Done(each, "already_enrolled") for each in there]
        new = [Done(each, "enrolled", {"membership": str(made[each].id)}) for each in ids if each not in there]
        return done + new, refused


class TakeBack(UndoWork):
    """Takes the points back, as far as the members still have them."""

    def undo(self, items: list[RunItem]):
        program = _program_of(self.run)
        given = [(item.before["account"], UUID(item.before["posting"])) for item in items]
        reason = self.run.reason or "Undone"
        key, actor = f"run:{self.run.id}", principal_of(self.run).actor
        answers = take_back_many(program, given, actor=actor, reason=reason, key=key)
        taken, refused = 0, []
        for item, posted in zip(items, answers, strict=True):
            if not posted.is_done:
                refused.append(Refused(item.subject_id, posted.outcome, posted.refusal().detail))
                continue
            taken -= posted.points
            if missing := item.before["points"] + posted.points:
                detail = f"{missing:,} points had been spent, or had expired, and were not taken back."
                refused.append(Refused(item.subject_id, "spent", detail))
        return {"points_taken_back": taken}, refused


@runs_as("members.give_points", title="Give points to members", permission="points.deposit", undo=TakeBack)
class GivePoints(MembersWork):
    """One gift for each membership that is active; whoever gives, or agreed to it, is no receiver."""

    def __init__(self, run):
        super().__init__(run)
        self.givers = givers_of(run)

    def deal_with(self, ids):
        program, points, self.given = _program_of(self.run), self.run.arguments["points"], 0
        parts = Membership.objects.filter(program=program, member__in=ids).select_related("member")
        parts = {part.member_id: part for part in parts}
        refused = [refusal for each in ids if (refusal := self._refusal(each, parts.get(each)))]
        ids = [each for each in ids if each not in {one.member_id for one in refused}]
        gifts = [Gift(parts[each].account_id, points, f"run:{self.run.id}:{each}") for each in ids]
        answers = deposit_many(program, gifts, actor=principal_of(self.run).actor, reason=self.run.reason)
        done = []
        for each, posted in zip(ids, answers, strict=True):
            if posted.is_done:
                before = {"posting": str(posted.public_id), "account": posted.account_id, "points": points}
                done.append(Done(each, "given", before))
                self.given += points
            else:
                refused.append(Refused(each, posted.outcome, posted.refusal().detail))
        return done, refused

    def more_counts(self):
        return {"points": self.given} if self.given else {}

    def _refusal(self, member_id: UUID, part: Membership | None) -> Refused | None:
        if part is None:
            return Refused(member_id, "membership-required", "The member does not take part in the program.")
        if part.status != Status.ACTIVE or not part.member.is_active:
            return Refused(member_id, "membership-not-active", "The membership, or the member, is not active.")
        if part.member.person_id in self.givers:
            return Refused(member_id, "own-request", "Nobody gives points to themselves.")
        return None


class TurnBack(UndoWork):
    """Gives the memberships the status back that they had."""

    def undo(self, items: list[RunItem]):
        ids = [each for item in items for each in item.before["memberships"]]
        back, now = items[0].before["from"], items[0].before["to"]
        actor = principal_of(self.run).actor
        turned = turn_status(self.run.brand, back, before=now, actor=actor, membership_ids=ids)
        missing = len(ids) - len(turned)
        return {"cards_turned_back": len(turned)} | ({"changed_since": missing} if missing else {}), []


class Turn(MembersWork):
    """Gives the members' memberships another status, in one program or in all of the brand's."""

    before = after = ""

    def deal_with(self, ids):
        turned = turn_status(
            self.run.brand, self.after, before=self.before, actor=principal_of(self.run).actor, member_ids=ids,
            program_id=self.run.arguments.get("program") or None,
        )  # fmt: skip
        said = {"from": str(self.before), "to": str(self.after)}
        # A member may have several cards, and an item stands for one thing of the chunk: the cards go together.
        cards: dict[UUID, list[str]] = {}
        for each in turned:
            cards.setdefault(each.member_id, []).append(str(each.membership_id))
        self.cards = sum(map(len, cards.values()))
        done = [Done(each, self.after, said | {"memberships": found}) for each, found in cards.items()]
        return done + [Done(each, "unchanged") for each in ids if each not in cards], []

    def more_counts(self):
        return {"cards": self.cards} if self.cards else {}


@runs_as("members.suspend", title="Suspend memberships", permission="memberships.suspend", undo=TurnBack)
class Suspend(Turn):
    before, after = Status.ACTIVE, Status.SUSPENDED


@runs_as("members.reinstate", title="Reinstate memberships", permission="memberships.reinstate", undo=TurnBack)
class Reinstate(Turn):
    before, after = Status.SUSPENDED, Status.ACTIVE


class SwitchBack(UndoWork):
    def undo(self, items: list[RunItem]):
        is_active = items[0].before["is_active"]
        ids = [item.subject_id for item in items]
        done = set(set_active(self.run.brand, ids, is_active=is_active, actor=principal_of(self.run).actor))
        refused = [
            Refused(each, "conflict", "Changed since, known to another brand, or the e-mail address is another's now.")
            for each in ids
            if each not in done
        ]
        return {"switched_back": len(done)}, refused


class Switch(MembersWork):
    """Switches members off, or on again: those whom the brand entered and nobody else knows."""

    is_active = False

    def deal_with(self, ids):
        done = set(set_active(self.run.brand, ids, is_active=self.is_active, actor=principal_of(self.run).actor))
        there = set(Member.objects.filter(pk__in=ids, is_active=self.is_active).values_list("pk", flat=True)) - done
        word = "switched_on" if self.is_active else "switched_off"
        found = [Done(each, word, {"is_active": not self.is_active}) for each in ids if each in done]
        found += [Done(each, "unchanged") for each in there]
        detail = "Another brand entered or knows this member too, or somebody else has the e-mail address now."
        return found, [Refused(each, "conflict", detail) for each in ids if each not in done | there]


@runs_as("members.switch_off", title="Switch members off", permission="members.deactivate", undo=SwitchBack)
class SwitchOff(Switch):
    is_active = False


@runs_as("members.switch_on", title="Switch members on", permission="members.deactivate", undo=SwitchBack)
class SwitchOn(Switch):
    is_active = True


class Unwrite(UndoWork):
    def undo(self, items: list[RunItem]):
        notes = list(MemberNote.objects.filter(pk__in=[item.before["note"] for item in items], brand=self.run.brand_id))
        delete_notes(notes, actor=principal_of(self.run).actor)
        return {"notes_deleted": len(notes)}, []


@runs_as("members.note", title="Write a note about members", permission="notes.add", undo=Unwrite)
class Write(MembersWork):
    def deal_with(self, ids):
        actor, author = principal_of(self.run).actor, self.run.started_by_id
        notes = add_notes(self.run.brand, ids, self.selection.text, author_id=author, actor=actor) if ids else []
        return [Done(note.member_id, "noted", {"note": str(note.pk)}) for note in notes], []
