"""The addresses of tills and of what they did without a line."""

from loyalty import clock
from loyalty.http import parsers
from loyalty.http.etags import conditional
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import check, query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.selectors import find_brand
from programs.rewards.offline import docs, serializers, tills
from programs.rewards.offline.selectors import find_till, visible_tills
from programs.rewards.offline.settling import sync_offline

SYNC_BYTES_MAX = 8_000_000


class TillsView(ApiView):
    """The tills of a brand that redeem without a line."""

    @operation("List tills", **docs.LIST)
    def get(self, request):
        """The newest first."""
        asked = query(request, serializers.TillFilters)
        found = visible_tills(self.principal)
        found = found.filter(status=asked.status) if asked.status else found
        return reply(page(request, found, key=("-id",), render=serializers.till_answer))

    @operation("Register a till", **docs.REGISTER)
    def post(self, request):
        """The till makes an Ed25519 key, keeps the private half and shows by `proof` that it has it. From then on what
        it redeems without a line counts when it is signed with that key. Registering the same key under the same name
        again answers the same till, with 200."""
        asked = read(request, serializers.NewTill)
        brand = find_brand(self.principal, asked.brand_id)
        till, is_new = tills.register_till(
            self.principal, brand, name=asked.name, public_key=asked.public_key, proof=asked.proof,
            location=asked.location_id or "",
        )  # fmt: skip
        location = {"Location": f"/api/tills/{till.id}"} if is_new else None
        return reply(serializers.till_answer(till), 201 if is_new else 200, location)


class TillView(ApiView):
    """One till."""

    @operation("Show a till", **docs.SHOW)
    def get(self, request, till):
        """With where its queue stands in the books."""
        return conditional(request, serializers.till_answer(find_till(self.principal, till, "tills.view")))

    @operation("Change a till", **docs.CHANGE)
    def patch(self, request, till):
        """Its name, its location (null: none), how much it is trusted with without a line."""
        patch = serializers.changes(read(request, serializers.TillPatch))
        return reply(serializers.till_answer(tills.change_till(self.principal, till, patch)))

    @operation("Revoke a till", **docs.REVOKE)
    def delete(self, request, till):
        """For one that is lost or given away, for good. What it scans from now on is refused; what it scanned before
        and brings later is held for review."""
        asked = query(request, serializers.RevokeQuery)
        tills.revoke_till(self.principal, till, reason=asked.reason)
        return reply(status=204)


class SyncView(ApiView):
    """What tills did without a line."""

    body_bytes_max = SYNC_BYTES_MAX

    @operation("Settle what a till redeemed without a line", **docs.SYNC)
    def post(self, request):
        """Up to 500 items of a till's queue, each settled on its own and answered in the order given. Bringing the same
        items again, in whatever parts and however often, changes nothing and answers their verdicts.

        **What is signed.** Each item is signed with the till's key: `signature` is Ed25519 over the item as it is sent,
        without the field `signature`, in the canonical form of RFC 8785 (JSON in UTF-8, fields sorted by name, no
        blanks). The SHA-256 of the same bytes in hexadecimal is its digest. `sequence` counts from 1, `previous` is the
        digest of the item before, empty for the first. A till that was registered anew begins anew.

        **Verdicts.** `accepted`: the voucher is redeemed as of `scanned_at`. `already_used`, `expired_then`: it was
        used elsewhere, or it or its code was over by then; `refused`: the code is none of ours, or the voucher cannot
        be redeemed. What was handed out for it is written down as a loss, with who bears it: the brand, or the partner
        whose post registered the till. `held`: it waits for somebody of the brand. Its `reason` is

        - `gap`: items before it are missing; it is settled by itself when they have come;
        - `forked`: the till signed something else under this number, or this does not follow what it signed before. The
          till is in quarantine from then on, and everything it brings is held (`quarantined`) until staff decide;
        - `given-up`: it was missing, and staff went on without it;
        - `till-revoked`: the till was revoked since; what it scanned after that is refused;
        - `too-old` (more than 72 hours), `in-the-future` (more than 2 minutes ahead), `back-dated` (more than 5 seconds
          before the item in front of it): the till's clock is not believed;
        - `till-limit`, `member-limit`: more than the till, or a member with all tills, redeems in 24 hours without a
          line.

        An item that cannot be read (`validation-error`), of no till of yours (`unknown-till`), of a till at another
        location than your post (`other-location`) or not signed with the till's key (`wrong-signature`) is refused and
        not kept. Only vouchers are redeemed off line: other codes are refused (`wrong-purpose`)."""
        given = parsers.body(request)
        asked = check({"scans": given} if isinstance(given, list) else given, serializers.AnyScans)
        received_at = clock.now()
        outcomes = sync_offline(self.principal, asked.scans)
        verdicts = [serializers.verdict_answer(outcome) for outcome in outcomes]
        return reply(serializers.ScansAnswer(received_at=received_at, verdicts=verdicts))
