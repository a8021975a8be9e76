"""The addresses of what waits for a second person: listing it and deciding. Asking is done where the thing is done."""

from loyalty.errors import NotFound
from loyalty.http.pagination import page
from loyalty.http.schema import operation, page_of
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.approvals import errors, operations, selectors, serializers

APPROVALS = "Approvals"
_REFUSALS = [NotFound, errors.OwnRequest, errors.RequestDecided]
_DECISION = {"reason": "Checked with the shop."}
_REQUEST = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    "brand_id": "70772519-c197-4bec-bb7d-f5c25d2fc9ae",
    "kind": "points.adjust",
    "status": "approved",
    "summary": "+20,000 points for card 1000000000000009",
    "reason": "The till was down on Friday",
    "differences": [{"what": "Balance", "before": "100", "after": "20,100"}],
    "version": "5b0a6a1c9d1f3e77",
    "subject_id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60",
    "requested_by": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d61",
    "requested_at": "2026-10-01T12:00:00Z",
    "decided_by": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d62",
    "decided_at": "2026-10-01T12:30:00Z",
    "decision_reason": "Checked with the shop.",
    "result": "Adjusted by +20,000; the balance is 20,100.",
}


class ApprovalsView(ApiView):
    """What was asked for at the caller's brands."""

    @operation(
        "List approval requests",
        tags=APPROVALS,
        allow="approvals.view",
        query=serializers.ApprovalFilters,
        answers={200: page_of(serializers.ApprovalAnswer)},
    )
    def get(self, request):
        """Newest first. What the caller asked for themselves is listed too, but is not theirs to decide."""
        filters = query(request, serializers.ApprovalFilters)
        found = (selectors.waiting_for if filters.for_me else selectors.visible_requests)(self.principal)
        asked = {"status": filters.status, "kind": filters.kind}
        found = found.filter(**{name: value for name, value in asked.items() if value is not None})
        answer = page(request, found)
        return reply(answer | {"results": serializers.approval_answers(answer["results"])})


class ApproveView(ApiView):
    """Agreeing."""

    @operation(
        "Approve a request",
        tags=APPROVALS,
        allow="approvals.decide",
        request=serializers.Approval,
        answers={200: serializers.ApprovalAnswer},
        problems=[*_REFUSALS, errors.RequestOutdated, errors.RequestChanged],
        examples={"request": _DECISION | {"version": "5b0a6a1c9d1f3e77"}, 200: _REQUEST},
    )
    def post(self, request, approval):
        """Carries out what another person asked for. What stands against it by now, say too few points, is refused as
        it would be without a request, and the request goes on waiting."""
        found = selectors.find_request(self.principal, approval)
        said = read(request, serializers.Approval)
        decided = operations.approve(self.principal, found, reason=said.reason, version=said.version)
        return reply(serializers.approval_answer(decided))


class RejectView(ApiView):
    """Turning down."""

    @operation(
        "Reject a request",
        tags=APPROVALS,
        allow="approvals.decide",
        request=serializers.Decision,
        answers={200: serializers.ApprovalAnswer},
        problems=_REFUSALS,
        examples={"request": _DECISION, 200: _REQUEST | {"status": "rejected", "result": ""}},
    )
    def post(self, request, approval):
        """Turns down what another person asked for."""
        found = selectors.find_request(self.principal, approval)
        reason = read(request, serializers.Decision).reason
        return reply(serializers.approval_answer(operations.reject(self.principal, found, reason=reason)))


class WithdrawView(ApiView):
    """Taking back."""

    @operation(
        "Withdraw a request",
        tags=APPROVALS,
        allow="approvals.request",
        request=serializers.Decision,
        answers={200: serializers.ApprovalAnswer},
        problems=[NotFound, errors.RequestDecided],
        examples={"request": _DECISION, 200: _REQUEST | {"status": "withdrawn", "result": ""}},
    )
    def post(self, request, approval):
        """Takes one's own request back, as long as nobody decided on it."""
        found = selectors.find_request(self.principal, approval)
        reason = read(request, serializers.Decision).reason
        return reply(serializers.approval_answer(operations.withdraw(self.principal, found, reason=reason)))
