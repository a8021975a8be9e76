"""The addresses of codes in bulk."""

from django.http import StreamingHttpResponse

from loyalty.http.idempotency import idempotency_key, idempotent
from loyalty.http.pagination import page, page_of_rows
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_member
from programs.membership.models import Program
from programs.membership.selectors import find_program
from programs.rewards.catalogue.selectors import named
from programs.rewards.issuing import docs, serializers
from programs.rewards.issuing.asking import ask_for_codes, disable_batch
from programs.rewards.issuing.badges import badges_of
from programs.rewards.issuing.downloading import file_name, take_codes
from programs.rewards.issuing.selectors import counts_of, find_batch, states_of, visible_batches, vouchers_of
from programs.rewards.models import Reward
from programs.rewards.vouchers.operations import create_voucher
from programs.rewards.vouchers.views import VouchersView, shown_to


class IssuingView(VouchersView):
    """Vouchers, and how they come to be."""

    @operation("Issue vouchers", **docs.ISSUE)
    @idempotent
    def post(self, request):
        """One voucher, which is answered; or as many as 100 codes at once, which are answered with their batch; or more
        in the background: the answer is 202 with the batch, which tells how far it is and has the codes as a file. They
        take nothing of the reward's stock. A key is needed: the same again answers the same."""
        key = idempotency_key(request)
        asked = read(request, serializers.NewVouchers)
        program = find_program(self.principal, asked.program_id)
        if asked.count == 1:
            voucher = create_voucher(self.principal, serializers.new_voucher(asked, program))
            return reply(shown_to(self.principal, voucher), 201)
        return self.issue_many(asked, program, key)

    def issue_many(self, asked: serializers.NewVouchers, program: Program, key: str):
        """The codes, or where to ask how far they are."""
        self.principal.require("vouchers.issue_many", program.brand_id)
        reward = named(Reward.objects.filter(program=program), asked.reward_id) if asked.reward_id else None
        wanted = serializers.batch_request(asked, program, reward, key=f"{self.principal.actor}:{key}")
        batch = ask_for_codes(self.principal, program, wanted)
        if batch.made < batch.count:
            answer = serializers.batch_answer(batch, states_of([batch])[batch.pk])
            return reply(answer, 202, {"Location": f"/api/voucher-batches/{batch.pk}"})
        vouchers = [shown_to(self.principal, voucher) for voucher in vouchers_of(batch)]
        return reply(serializers.VouchersIssued(batch_id=batch.pk, vouchers=vouchers), 201)


class BatchesView(ApiView):
    """Batches of codes."""

    @operation("List batches of vouchers", **docs.LIST)
    def get(self, request):
        """Codes that were asked for together, the newest first."""
        asked = query(request, serializers.VoucherBatchFilters)
        found = visible_batches(self.principal, asked.program_id)
        answer = page(request, found)
        states = states_of(answer["results"])
        answer["results"] = [serializers.batch_answer(batch, states[batch.pk]) for batch in answer["results"]]
        return reply(answer)


class BatchView(ApiView):
    """One batch."""

    @operation("Show a batch of vouchers", **docs.SHOW)
    def get(self, request, batch):
        """How many of its codes are made by now, and how many vouchers are in each status."""
        found = find_batch(self.principal, batch, "vouchers.view")
        return reply(serializers.batch_answer(found, states_of([found])[found.pk], counts_of(found)))


class BatchCodesView(ApiView):
    """The codes of a batch."""

    media_types = ("text/csv",)

    @operation("Download the codes of a batch", **docs.CODES)
    def get(self, request, batch):
        """A CSV file with each code as people read it, its status and when it ends, those that are made by now. That
        it was taken, and by whom, is kept in the log of events."""
        found = find_batch(self.principal, batch, "vouchers.export")
        lines = take_codes(self.principal, found)
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="{file_name(found)}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer


class BatchDisableView(ApiView):
    """A batch taken out of use."""

    @operation("Disable a batch of vouchers", **docs.DISABLE)
    @idempotent
    def post(self, request, batch):
        """Disables all its vouchers that nobody has used, for good, and lets no more be made. Done again it changes
        nothing."""
        found = find_batch(self.principal, batch, "vouchers.disable")
        asked = read(request, serializers.VoucherBatchDisabling)
        return reply(
            serializers.VoucherBatchDisabled(disabled=disable_batch(self.principal, found, reason=asked.reason))
        )


class MemberBadgesView(ApiView):
    """A member's badges."""

    @operation("List the badges of a member", **docs.BADGES)
    def get(self, request, member):
        """Each once, with how often it was awarded, those first that were new last. A badge stays when what earned it
        comes back. A brand sees those of its own programs."""
        asked = query(request, serializers.BadgeFilters)
        fetch = badges_of(self.principal, find_member(self.principal, member), program=asked.program_id)
        return reply(page_of_rows(request, fetch, lambda badge: (badge.number,), serializers.badge_answer))
