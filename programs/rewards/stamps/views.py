"""The addresses of stamp cards and stamps."""

from django.http import HttpResponse

from loyalty.errors import Invalid
from loyalty.http.etags import conditional
from loyalty.http.idempotency import REPLAYED, answer_once, idempotency_key, idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.locations import location_named
from loyalty.identity.models import Member
from loyalty.identity.selectors import find_member
from programs.membership.selectors import find_program
from programs.rewards.stamps import cards, docs, operations, selectors, serializers
from programs.rewards.stamps.models import Stamp, StampCard
from programs.rewards.stamps.turning_in import turn_in_asked
from programs.rewards.vouchers.views import shown_to


class StampCardsView(ApiView):
    """Stamp cards."""

    @operation("List stamp cards", **docs.LIST)
    def get(self, request):
        """A brand's people and keys see all of its cards; members the active ones of programs that they may see, and
        those they collect on. By their codes."""
        asked = query(request, serializers.StampCardFilters)
        found = selectors.visible_cards(self.principal)
        found = found.filter(status=asked.status) if asked.status else found
        if asked.program_id:
            found = found.filter(program=find_program(self.principal, asked.program_id))
        return reply(page(request, found, key=("code", "id"), render=serializers.card_answer))

    @operation("Make a stamp card", **docs.CREATE)
    @idempotent
    def post(self, request):
        """A full sheet of it is worth a reward of its program."""
        asked = serializers.asked(read(request, serializers.NewStampCard))
        program = find_program(self.principal, asked.pop("program_id"))
        self.principal.require("stamp_cards.add", program.brand_id)
        card = cards.create_card(program, **asked, actor=self.principal.actor)
        return reply(serializers.card_answer(card), 201, {"Location": f"/api/stamp-cards/{card.id}"})


class StampCardView(ApiView):
    """One stamp card."""

    @operation("Show a stamp card", **docs.SHOW)
    def get(self, request, stamp_card):
        """By id or code."""
        return conditional(request, serializers.card_answer(selectors.find_card(self.principal, stamp_card)))

    @operation("Change a stamp card", **docs.CHANGE)
    def patch(self, request, stamp_card):
        """How many stamps it needs, and how long it can be filled, hold for sheets begun after it. An archived card
        takes no stamps any more; what is full can be turned in all the same."""
        card = selectors.find_card(self.principal, stamp_card)
        self.principal.require("stamp_cards.change", card.program.brand_id)
        changes = serializers.asked(read(request, serializers.StampCardPatch))
        return reply(serializers.card_answer(cards.change_card(card, changes, actor=self.principal.actor)))


class JoinView(ApiView):
    """Collecting on a card."""

    @operation("Join a stamp card", **docs.JOIN)
    @idempotent
    def post(self, request, stamp_card):
        """For who takes part in the card's program: nobody is enrolled by it. Joining again changes nothing and
        answers 200. Stamps join by themselves."""
        card = selectors.find_card(self.principal, stamp_card)
        member = _member(self.principal, card, read(request, serializers.WhoseCard).member_id, "stamp_cards.join")
        _sheet, is_new = operations.join_card(card, member, actor=self.principal.actor)
        progress = selectors.progress_of(card, member.pk)
        return reply(serializers.progress_answer(progress), 201 if is_new else 200)


class StampsView(ApiView):
    """Stamps on a card."""

    @operation("Give stamps", **docs.ADD)
    @idempotent
    def post(self, request, stamp_card):
        """What does not fit on the member's sheet goes on the next. The same reference with the same member and count
        gets the first answer again; one that was undone is not stamped again."""
        card = selectors.find_card(self.principal, stamp_card)
        asked = read(request, serializers.NewStamps)
        member = _member(self.principal, card, asked.member_id, "stamps.add")
        where = location_named(self.principal, card.program.brand_id, asked.location_id or "")
        added = operations.add_stamps(
            card, member, count=asked.count, reference=asked.reference, location=where, at=asked.occurred_at,
            source=_source(self.principal), actor=self.principal.actor,
        )  # fmt: skip
        return reply(serializers.added_answer(added), 201, REPLAYED if added.is_replayed else None)


class TurnInView(ApiView):
    """Full sheets."""

    person_limit = "points"

    @operation("Turn a full stamp card in", **docs.TURN_IN)
    def post(self, request, stamp_card):
        """The voucher of the card's reward, for the full sheet that waits longest. Members leave `member_id` out. A
        sheet gives one voucher ever; what is sold out leaves it full."""
        asked = read(request, serializers.TurnIn)
        key = idempotency_key(request, asked.idempotency_key)
        return answer_once(request, key, lambda: self._turned_in(stamp_card, asked.member_id))

    def _turned_in(self, stamp_card: str, member_ref: str | None) -> HttpResponse:
        card = selectors.find_card(self.principal, stamp_card)
        member = _member(self.principal, card, member_ref, "stamps.turn_in")
        voucher = turn_in_asked(self.principal, card, member)
        return reply(shown_to(self.principal, voucher), 201, {"Location": f"/api/vouchers/{voucher.pk}"})


class ProgressView(ApiView):
    """How far a member is with a card."""

    @operation("Show how far a member is with a stamp card", **docs.SHOW_PROGRESS)
    def get(self, request, stamp_card):
        """With the sheets that are open or full. Members leave `member_id` out."""
        card = selectors.find_card(self.principal, stamp_card)
        member = _member(self.principal, card, query(request, serializers.WhoseCard).member_id, "stamps.view")
        return conditional(request, serializers.progress_answer(selectors.progress_of(card, member.pk)))


class MemberStampsView(ApiView):
    """A member's stamps."""

    @operation("List the stamps of a member", **docs.LIST_OF_MEMBER)
    def get(self, request, member):
        """Those of all cards, the newest first, undone ones too; beside them how far the member is with each card, with
        its newest sheets. A brand sees those of its own cards."""
        found = find_member(self.principal, member)
        query(request, serializers.Filters)
        listed = page(request, selectors.stamps_of(self.principal, found), render=serializers.stamp_answer)
        progress = selectors.progress_of_member(self.principal, found)
        return reply(listed | {"cards": [serializers.progress_answer(one) for one in progress]})


class MemberStampView(ApiView):
    """Stamps given at once."""

    @operation("Undo stamps", **docs.UNDO)
    def delete(self, request, member, stamp):
        """Takes them off; stamps given later move back to where they lay, so a full sheet may be open again. The
        reference stays used. Undoing again changes nothing. Refused once a sheet that they are on was turned in."""
        found = selectors.find_stamp(self.principal, find_member(self.principal, member), stamp)
        self.principal.require("stamps.undo", found.card.program.brand_id)
        in_query = query(request, serializers.UndoStamps)
        reason = read(request, serializers.UndoStamps).reason or in_query.reason
        undone = operations.undo_stamps(found, actor=self.principal.actor, reason=reason)
        return reply(serializers.stamp_answer(undone))


class StampHoldersView(ApiView):
    """Who collects stamps in a program."""

    @operation("List who holds stamp cards", **docs.HOLDERS)
    def get(self, request, program):
        """One row for each sheet, those begun last first: open and full ones, unless a state is named."""
        found = find_program(self.principal, program)
        self.principal.require("stamps.view", found.brand_id)
        asked = query(request, serializers.HolderFilters)
        card = selectors.find_card(self.principal, asked.card, program=found) if asked.card else None
        holders = selectors.holders_in(found, card=card, status=asked.status)
        return reply(page(request, holders, render=serializers.holder_answer))


def _member(principal, card: StampCard, ref: str | None, permission: str) -> Member:
    """The member meant, about whom the principal may do that at the card's brand. Refusals: Invalid (nobody named by
    who may and is no member), NotFound, AmbiguousMember, Forbidden, ScopeMissing."""
    if ref is None and principal.member_id is None:
        principal.require(permission, card.program.brand_id)
        raise Invalid([{"pointer": "/member_id", "code": "required", "detail": "Say whose card it is."}])
    member = find_member(principal, ref or "me", brand_id=card.program.brand_id)
    principal.require(permission, card.program.brand_id, member_id=member.pk)
    return member


def _source(principal) -> str:
    return Stamp.Source.SERVER if principal.is_key else Stamp.Source.STAFF
