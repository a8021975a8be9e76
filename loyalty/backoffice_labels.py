"""What the portal calls fields and things, where their names in the code are not how one speaks: by the field's name,
or by model and field where one name means two things."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELDS: dict[str, str | Promise] = {
    "aggregate_id": _("about"),
    "approval_bulk_points_min": _("points for many at once that need a second person"),
    "approval_points_min": _("points that need a second person"),
    "approval_roles": _("roles that need a second person"),
    "approval_terms": _("new terms need a second person"),
    "asks_second_factor": _("provider asks for a second factor"),
    "available_at": _("can be spent from"),
    "blacklisted_at": _("ended"),
    "closed_at": _("closed"),
    "cool_down_hours": _("hours of caution"),
    "created_at": _("since"),
    "credit_after": _("balance after of who got"),
    "credit": _("to"),
    "debit_after": _("balance after of who gave"),
    "debit": _("from"),
    "debt_max": _("most points owed"),
    "decided_at": _("decided"),
    "decision_reason": _("reason of the decision"),
    "earn_per": _("for each"),
    "earn_points": _("points earned"),
    "email": _("e-mail"),
    "email_domains": _("e-mail domains"),
    "expires_at": _("expires"),
    "expiry_dates": _("days on which points expire"),
    "expiry_kind": _("points expire"),
    "expiry_months": _("months until points expire"),
    "expiry_warning_days": _("days of warning before points expire"),
    "finished_at": _("finished"),
    "from_xid": _("from the server's transaction"),
    "granted_at": _("earned"),
    "groups_claim": _("claim that names groups"),
    "is_active": _("active"),
    "is_community": _("open to everybody"),
    "is_dry_run": _("dry run"),
    "is_operator": _("platform operator"),
    "is_required": _("required"),
    "is_synthetic": _("invented for the demo"),
    "joined_at": _("joined"),
    "last_login": _("last sign-in"),
    "last_used_at": _("last used"),
    "location_id": _("location"),
    "member_id": _("member's id"),
    "money_currency": _("currency of purchases"),
    "occurred_at": _("when"),
    "owner_id": _("owner's id"),
    "pending_days": _("days until they can be spent"),
    "pending_until": _("event until which they wait"),
    "points_min": _("from points"),
    "program_id": _("program's id"),
    "public_id": _("id"),
    "queue_name": _("queue"),
    "rate": _("most requests"),
    "recorded_at": _("recorded"),
    "redeem_percent_max": _("most of an order paid with points, in percent"),
    "redeem_points_min": _("fewest points redeemed at once"),
    "remaining": _("left"),
    "requested_at": _("asked for"),
    "requested_by": _("asked for by"),
    "requires_second_factor": _("everybody needs a second factor"),
    "retention_months": _("months until idle members are erased"),
    "return_policy": _("when points of a return are spent"),
    "revoked_at": _("revoked"),
    "scheduled_at": _("due"),
    "sealed_at": _("sealed"),
    "shortfall": _("points missing"),
    "started_at": _("started"),
    "task_name": _("task"),
    "tier_basis": _("what counts for the tier"),
    "tier_downgrade": _("when a tier is not deserved any more"),
    "tier_grace_days": _("days of grace"),
    "tier_months": _("months that count for the tier"),
    "tier_warning_days": _("days of warning before a tier ends"),
    "tier_window": _("of which time it counts"),
    "timezone": _("time zone"),
    "to_xid": _("up to the server's transaction"),
    "updated_at": _("last changed"),
    "ledger.LedgerEntry.unit": _("points of"),
    "ledger.Account.unit": _("points of"),
    "ledger.Posting.unit": _("points of"),
    "loyalty.Member.created_at": _("known since"),
    "loyalty.Run.created_at": _("asked for"),
    "loyalty.ServerKey.created_at": _("made"),
    "programs.Campaign.ends_at": _("until"),
    "programs.Campaign.starts_at": _("from"),
    "programs.Program.created_at": _("opened"),
    "programs.Submission.created_at": _("received"),
    "programs.Program.unit": _("points are called"),
    "token_blacklist.OutstandingToken.created_at": _("signed in"),
}

THINGS: dict[str, tuple[str | Promise, str | Promise]] = {
    "programs.EventType": (_("kind of event"), _("kinds of events")),
    "programs.LimitCounter": (_("limit used"), _("limits used")),
    "programs.ProgramLink": (_("partner"), _("partners")),
    "ledger.Posting": (_("transaction"), _("transactions")),
    "ledger.LedgerEntry": (_("entry"), _("entries")),
    "loyalty.Run": (_("piece of work"), _("imports and bulk work")),
    "loyalty.Staff": (_("colleague"), _("staff")),
    "procrastinate.ProcrastinateJob": (_("job"), _("jobs")),
    "programs.Submission": (_("request"), _("requests answered later")),
    "token_blacklist.OutstandingToken": (_("session"), _("sessions")),
    "token_blacklist.BlacklistedToken": (_("ended session"), _("ended sessions")),
}
"""One of them, and many."""


def label(model: type[models.Model]) -> None:
    """Gives the model and its fields the names that people read. What migrations write down are the names in the code;
    they stay."""
    named = model._meta.label
    if named in THINGS:
        model._meta.verbose_name, model._meta.verbose_name_plural = THINGS[named]
    for field in model._meta.concrete_fields:
        said = FIELDS.get(f"{named}.{field.name}") or FIELDS.get(field.name)
        if said:
            field.verbose_name = said
