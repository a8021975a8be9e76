"""The addresses where points move: earning, redeeming, depositing, holding, and undoing it."""

from loyalty.errors import NotFound
from loyalty.http.idempotency import REPLAYED, given_key, idempotency_key
from loyalty.http.schema import operation
from loyalty.http.shapes import read
from loyalty.http.throttling import limit_person
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import as_uuid
from programs.activity import answers, docs, operations, selectors, serializers, telling_why
from programs.activity.models import Submission
from programs.activity.places import Names
from programs.activity.previewing import preview_purchase

TAG = "Transactions"
ASYNC = "respond-async"


class EarnView(ApiView):
    """A member's purchases."""

    @operation(
        "Record a purchase of a member",
        id="members_earn",
        tags=TAG,
        allow="points.earn",
        request=serializers.Earn,
        **docs.EARN,
    )
    def post(self, request, member):
        """Gives the points of a purchase. Without an idempotency key the reference stands for one: the same purchase
        again gives the first answer again. `Prefer: respond-async` answers 202 and lets the worker do it."""
        limit_person(request)
        body = read(request, serializers.Earn)
        names = Names(body.program_id, member)
        purchase = serializers.to_purchase(body, names, key=given_key(request, body.idempotency_key))
        return recorded_reply(request, purchase, operations.record_purchase)


class PreviewView(ApiView):
    """What a purchase would give."""

    @operation(
        "Preview a purchase",
        id="preview",
        tags=TAG,
        allow="points.preview",
        request=serializers.Prospect,
        **docs.PREVIEW,
    )
    def post(self, request):
        """Answers what the purchase would give and why, which rules would give nothing and why not, and moves nothing.
        With `ruleset_version` a draft decides."""
        body = read(request, serializers.Prospect)
        purchase = serializers.to_purchase(body, serializers.names_in(body), key=None)
        found = preview_purchase(self.principal, purchase, ruleset_version=body.ruleset_version)
        return reply(telling_why.preview_answer(found))


class RedeemView(ApiView):
    """Points that a member spends."""

    @operation(
        "Redeem a member's points",
        id="members_redeem",
        tags=TAG,
        allow="points.redeem",
        request=serializers.Redeem,
        **docs.REDEEM,
    )
    def post(self, request, member):
        """Spends points, those that expire first going first. A member may do it for themselves. `Prefer:
        respond-async` answers 202 and lets the worker do it."""
        limit_person(request)
        body = read(request, serializers.Redeem)
        key = idempotency_key(request, body.idempotency_key)
        redemption = serializers.to_redemption(body, Names(body.program_id, member), key=key)
        return recorded_reply(request, redemption, operations.redeem)


class TillRedeemView(ApiView):
    """Points spent at tills and in shops."""

    @operation(
        "Redeem points at a till",
        id="redeem",
        tags=TAG,
        allow="points.redeem",
        request=serializers.TillRedeem,
        **docs.TILL_REDEEM,
    )
    def post(self, request):
        """The same as a member's `redeem`; the member is named in the body, by id, external id or card number."""
        limit_person(request)
        body = read(request, serializers.TillRedeem)
        key = idempotency_key(request, body.idempotency_key)
        redemption = serializers.to_redemption(body, serializers.names_in(body), key=key)
        return recorded_reply(request, redemption, operations.redeem)


class DepositView(ApiView):
    """Points as such."""

    @operation(
        "Deposit points",
        id="members_deposit",
        tags=TAG,
        allow="points.deposit",
        request=serializers.Deposit,
        **docs.DEPOSIT,
    )
    def post(self, request, member):
        """Gives a member points without a purchase. For staff and servers."""
        body = read(request, serializers.Deposit)
        key = idempotency_key(request, body.idempotency_key)
        names = Names(body.program_id, member)
        return transaction_reply(
            operations.deposit(self.principal, names, points=body.amount, key=key, reason=body.reason or "")
        )


class HoldsView(ApiView):
    """Points set aside."""

    @operation(
        "Hold points", id="members_hold", tags=TAG, allow="points.hold", request=serializers.NewHold, **docs.HOLD
    )
    def post(self, request, member):
        """Sets points aside until they are captured or released, or the time runs out."""
        body = read(request, serializers.NewHold)
        held = operations.hold(
            self.principal,
            Names(body.program_id, member),
            points=body.points,
            key=idempotency_key(request, body.idempotency_key),
            ttl_seconds=body.expires_in,
            description=body.description or "",
        )
        return _hold(held, 201)


class CaptureView(ApiView):
    """A hold that is spent."""

    @operation(
        "Capture a hold", id="holds_capture", tags=TAG, allow="points.hold", request=serializers.Capture, **docs.CAPTURE
    )
    def post(self, request, hold):
        """Spends the points of a hold, or a part of them; the rest goes back."""
        body = read(request, serializers.Capture)
        key = idempotency_key(request, body.idempotency_key)
        return _hold(operations.capture(self.principal, _id(hold), key=key, points=body.points))


class ReleaseView(ApiView):
    """A hold that is given back."""

    @operation(
        "Release a hold", id="holds_release", tags=TAG, allow="points.hold", request=serializers.Release, **docs.RELEASE
    )
    def post(self, request, hold):
        """Gives the points of a hold back to the member, with their first expiry."""
        body = read(request, serializers.Release)
        key = idempotency_key(request, body.idempotency_key)
        return _hold(operations.release(self.principal, _id(hold), key=key))


class ReverseView(ApiView):
    """A transaction that is undone."""

    @operation(
        "Reverse a transaction",
        id="reverse",
        tags=TAG,
        allow="points.reverse",
        request=serializers.Reversal,
        **docs.REVERSE,
    )
    def post(self, request, transaction):
        """Undoes a transaction by another one. Points spent go back to where they came from, with their first expiry;
        points given are taken back as the program's return policy says."""
        body = read(request, serializers.Reversal)
        key = idempotency_key(request, body.idempotency_key)
        return transaction_reply(operations.reverse(self.principal, _id(transaction), key=key, reason=body.reason))


class ReturnView(ApiView):
    """A purchase that comes back."""

    @operation(
        "Return a purchase", id="return", tags=TAG, allow="points.return", request=serializers.NewReturn, **docs.RETURN
    )
    def post(self, request, transaction):
        """Takes back the points of a part or the whole of a purchase. All parts together take exactly what one return
        of the whole takes."""
        body = read(request, serializers.NewReturn)
        key = given_key(request, body.idempotency_key)
        asked = serializers.to_return(body, _id(transaction), key=key)
        return transaction_reply(operations.return_purchase(self.principal, asked))


class TransactionView(ApiView):
    """One transaction."""

    @operation("Get a transaction", id="transactions_get", tags=TAG, allow="transactions.look_up", **docs.TRANSACTION)
    def get(self, request, transaction):
        """A transaction as it stands now. One that was asked for with `Prefer: respond-async` is `pending` until the
        worker has done it; if it is `failed`, `problem` says why."""
        found = selectors.find_transaction(self.principal, _id(transaction))
        return reply(answers.current_answer(found))


class ExplanationView(ApiView):
    """Why a transaction gave its points."""

    @operation(
        "Explain a transaction",
        id="transactions_explanation",
        tags=TAG,
        allow="transactions.look_up",
        **docs.EXPLANATION,
    )
    def get(self, request, transaction):
        """The rules that gave the points, each with its part and its reason; and, of a purchase or an event, every rule
        that was asked with the first reason why it gave nothing, and what each of its conditions wanted and found."""
        found = selectors.find_transaction(self.principal, _id(transaction))
        return reply(telling_why.explanation_answer(found))


def recorded_reply(request, asked, carry_out):
    """The answer to what was asked, which is done now, or if the client prefers so, later."""
    principal = request.user
    if not _prefers_async(request):
        return transaction_reply(carry_out(principal, asked))
    found, is_replayed = operations.submit(principal, asked)
    if not isinstance(found, Submission):
        return transaction_reply(found)
    headers = {"Location": f"/api/transactions/{found.id}", "Preference-Applied": ASYNC}
    return reply(answers.submitted_answer(found), 202, headers | (REPLAYED if is_replayed else {}))


def transaction_reply(recorded):
    """The answer to a request that made a transaction, or had made it before."""
    headers = {"Location": f"/api/transactions/{recorded.posted.public_id}"}
    return reply(answers.transaction_answer(recorded), 201, headers | (REPLAYED if recorded.is_replayed else {}))


def _hold(recorded, status: int = 200):
    return reply(answers.hold_answer(recorded), status, REPLAYED if recorded.is_replayed else None)


def _prefers_async(request) -> bool:
    prefer = request.META.get("HTTP_PREFER", "")
    return ASYNC in [part.partition(";")[0].strip().lower() for part in prefer.split(",")]


def _id(ref: str):
    uuid = as_uuid(ref)
    if uuid is None:
        raise NotFound()
    return uuid
