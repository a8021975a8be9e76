"""The long work of filling a batch: it can be cancelled between two chunks, and taken up again where it stopped."""

from loyalty.runs.kinds import Step, Work, runs_as
from programs.rewards.issuing.batches import CHUNK, fill_chunk
from programs.rewards.models import VoucherBatch

KIND = "vouchers.issue"


@runs_as(KIND, title="Issue of codes", permission="vouchers.issue_many")
class IssueCodes(Work):
    """`arguments`: batch_id. How far it is stands in the batch, which others may fill as well."""

    def total(self) -> int:
        return VoucherBatch.objects.get(pk=self.run.arguments["batch_id"]).count

    def step(self, start: int) -> Step:
        batch = fill_chunk(self.run.arguments["batch_id"], most=CHUNK)
        dealt = max(batch.made - start, 1)
        return Step(dealt=dealt, counts={"issued": dealt})
