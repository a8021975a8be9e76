"""The addresses of codes in bulk."""

from django.http import StreamingHttpResponse

from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from programs.rewards.issuing import docs, serializers
from programs.rewards.issuing.asking import disable_batch
from programs.rewards.issuing.downloading import file_name, take_codes
from programs.rewards.issuing.selectors import counts_of, find_batch, states_of, visible_batches


class BatchesView(ApiView):
    """Batches of codes."""

    @operation("List batches of vouchers", **docs.LIST)
    def get(self, request):
        """Codes that were asked for together, the newest first."""
        asked = query(request, serializers.BatchFilters)
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
        found = find_batch(self.principal, batch, "vouchers.issue_many")
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
        asked = read(request, serializers.Disabling)
        return reply(serializers.Disabled(disabled=disable_batch(self.principal, found, reason=asked.reason)))
