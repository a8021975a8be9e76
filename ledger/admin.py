"""The brand's screens of its books: to look at, nothing else. Rooms above hang their buttons on a transaction."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ledger.models import Account, Hold, LedgerEntry, Lot, LotChange, LotUse, Posting, Seal, Unit
from ledger.posting import UNTIL_RELEASED
from loyalty.backoffice import BrandScopedInline, ReadOnlyAdmin, brands_where, screen
from loyalty.backoffice_long_lists import LongListAdmin
from loyalty.identity.models import Member, ServerKey, Staff

KIND_LABELS = {
    "Earn": "success",
    "Deposit": "success",
    "Redeem": "info",
    "Reverse": "warning",
    "Return": "warning",
    "Expire": "danger",
    "Adjust": "primary",
    "Release of pending points": "success",
}


def whose(request, accounts: list[Account]) -> dict[int, str]:
    """Account id -> whose it is: the member's name, or the kind of the unit's own account. One query."""
    owners = {account.owner_id for account in accounts if account.owner_id}
    known = Member.objects.filter(id__in=owners)
    if (brands := brands_where(request, "members.view")) is not None:
        known = known.filter(known_to__brand__in=brands)
    names = {member.id: str(member) for member in known}
    return {a.id: names.get(a.owner_id, str(a.owner_id)) if a.owner_id else a.get_kind_display() for a in accounts}


def who_did(request, actor: str) -> str:
    """The actor of a posting in words: a colleague by e-mail, a key of the brand by name, anybody else by kind."""
    kind, _colon, name = actor.partition(":")
    brands = brands_where(request, "transactions.view")
    own = {} if brands is None else {"brand__in": brands}
    if kind == "person":
        post = Staff.objects.filter(person=name, **own).select_related("person").first()
        return post.person.email if post else str(_("A member, or somebody of the platform"))
    if kind == "key":
        key = ServerKey.objects.filter(pk=name, **own).first()
        return f"{key.name} ({key.prefix}…)" if key else str(_("A server key"))
    return actor


class BookAdmin(LongListAdmin):
    """A long list of the books. Whose each row is, is worked out for the page at once."""

    accounts_of = ("account",)
    unit_path = "account__unit"

    def within(self, queryset, brands):
        """By their units, which are few: so that a small brand's rows are found by an index, and a large one's on the
        way back from the newest."""
        if not brands:
            return super().within(queryset, brands)
        units = list(Unit.objects.filter(brand__in=brands).values_list("pk", flat=True))
        return queryset.filter(**{f"{self.unit_path}__in": units})

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row:
            self.prepare_rows(request, [row])
        return row

    def prepare_rows(self, request, rows):
        accounts = {getattr(row, side).id: getattr(row, side) for row in rows for side in self.accounts_of}
        names = whose(request, list(accounts.values()))
        for row in rows:
            row.whose = {side: names[getattr(row, f"{side}_id")] for side in self.accounts_of}

    @display(description=_("Member"))
    def member(self, row):
        return row.whose["account"]


class EntryInline(BrandScopedInline):
    model = LedgerEntry
    resource = "entries"
    brand_path = "unit__brand"
    fields = readonly_fields = ("debit", "credit", "points", "occurred_at", "recorded_at")
    verbose_name_plural = _("entries")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("debit", "credit")


def counts_from(available_at):
    """The instant from which points count, or that they wait for an event."""
    return _("when released") if available_at and available_at >= UNTIL_RELEASED else available_at


class LotInline(BrandScopedInline):
    model = Lot
    resource = "lots"
    brand_path = "account__unit__brand"
    fields = readonly_fields = ("points", "remaining", "expired", "returned", "counts_from", "expires_at")
    verbose_name_plural = _("lots")
    ordering = ("id",)

    @display(description=_("Can be spent from"))
    def counts_from(self, lot):
        return counts_from(lot.available_at)


class PostingAdmin(BookAdmin):
    """Registered by `programs.activity`, which adds what can be done to a transaction."""

    resource = "transactions"
    brand_path = "brand"
    unit_path = "unit"
    list_display = ("occurred_at", "kind_label", "points", "balance_after", "unit", "member", "reference")
    list_filter = ("kind", "occurred_at", "unit")
    list_select_related = ("account", "unit")
    search_fields = ("reference",)
    search_help_text = _("Whole reference or transaction id")
    inlines = (EntryInline, LotInline)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "kind", "points", "unit", "member_link", "reference", "occurred_at", "done_by", "balance_after",
                    "shortfall", "reverses",
                )
            },
        ),
        (_("More"), {"fields": ("public_id", "account", "key", "data", "recorded_at"), "classes": ("collapse",)}),
    )  # fmt: skip
    readonly_fields = ("member_link", "done_by")

    @display(description=_("Kind"), ordering="kind", label=KIND_LABELS)
    def kind_label(self, posting):
        return posting.get_kind_display()

    @display(description=_("Member"))
    def member_link(self, posting):
        member = posting.account.owner_id
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500">{}</a>',
            reverse("admin:loyalty_member_change", args=[member]),
            self.member(posting),
        )

    @display(description=_("Done by"))
    def done_by(self, posting):
        return posting.done_by

    def get_object(self, request, object_id, from_field=None):
        posting = super().get_object(request, object_id, from_field)
        if posting:
            posting.done_by = who_did(request, posting.actor)
        return posting

    def get_search_results(self, request, queryset, search_term):
        """A reference as it was given, or the id that the API gave."""
        if not (reference := search_term.strip()):
            return queryset, False
        found = _named_by_id(queryset, reference)
        return (queryset.filter(_with_reference(reference)) if found is None else found), False


@screen(LedgerEntry)
class LedgerEntryAdmin(BookAdmin):
    resource = "entries"
    brand_path = "unit__brand"
    unit_path = "posting__unit"
    accounts_of = ("debit", "credit")
    list_display = ("recorded_at", "points", "debit_side", "credit_side", "unit", "occurred_at")
    list_filter = ("posting__unit", "occurred_at")
    list_select_related = ("debit", "credit", "unit")
    fields = (
        "posting", "unit", "debit", "credit", "points", "debit_after", "credit_after", "reverses", "occurred_at",
        "recorded_at",
    )  # fmt: skip

    @display(description=_("From"))
    def debit_side(self, entry):
        return entry.whose["debit"]

    @display(description=_("To"))
    def credit_side(self, entry):
        return entry.whose["credit"]


def _named_by_id(queryset: QuerySet, text: str) -> QuerySet | None:
    """The row with this public id; None where the text is none."""
    try:
        return queryset.filter(public_id=UUID(text))
    except ValueError:
        return None


def _with_reference(reference: str) -> Q:
    """Purchases have their references in one index, all else in another."""
    units = list(Unit.objects.values_list("pk", flat=True))
    earned = Posting.objects.filter(unit__in=units, kind="earn", reference=reference)
    others = Posting.objects.exclude(kind="earn").filter(reference=reference)
    return Q(pk__in=earned.values("pk").union(others.values("pk")))


class LotUseInline(BrandScopedInline):
    model = LotUse
    resource = "lots"
    brand_path = "lot__account__unit__brand"
    fields = readonly_fields = ("entry", "points")
    verbose_name_plural = _("uses")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("entry")


class LotChangeInline(BrandScopedInline):
    model = LotChange
    resource = "lots"
    brand_path = "lot__account__unit__brand"
    fields = readonly_fields = (
        "posting",
        "points",
        "counted_from",
        "available_after",
        "expires_before",
        "expires_after",
    )
    verbose_name_plural = _("changes")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("posting")

    @display(description=_("Available before"))
    def counted_from(self, change):
        return counts_from(change.available_before)


@screen(Lot)
class LotAdmin(BookAdmin):
    resource = "lots"
    brand_path = "account__unit__brand"
    list_display = ("granted_at", "member", "points", "remaining", "expired", "counts_from", "expires_at")
    list_select_related = ("account",)
    inlines = (LotUseInline, LotChangeInline)
    fields = (
        "account", "posting", "points", "remaining", "expired", "returned", "granted_at", "counts_from", "expires_at",
    )  # fmt: skip
    readonly_fields = ("counts_from",)

    @display(description=_("Can be spent from"), ordering="available_at")
    def counts_from(self, lot):
        return counts_from(lot.available_at)


@screen(Account)
class AccountAdmin(BookAdmin):
    resource = "accounts"
    brand_path = "unit__brand"
    unit_path = "unit"
    list_display = ("public_id", "kind", "unit", "owner", "posted", "debt", "closed_at")
    list_filter = ("kind", "unit")
    list_select_related = ("unit", "balance")
    search_fields = ("public_id",)
    search_help_text = _("Account id")
    fields = ("public_id", "unit", "kind", "owner_id", "posted", "debt", "closed_at", "created_at")
    readonly_fields = ("posted", "debt")

    def prepare_rows(self, request, rows):
        names = whose(request, rows)
        for account in rows:
            account.whose = names[account.id]

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        found = _named_by_id(queryset, search_term.strip())
        return (queryset.none() if found is None else found), False

    @display(description=_("Whose"))
    def owner(self, account):
        return account.whose

    @display(description=_("Points"), empty_value="-")
    def posted(self, account):
        return account.balance.posted if hasattr(account, "balance") else None

    @display(description=_("Debt"), empty_value="-")
    def debt(self, account):
        return account.balance.debt if hasattr(account, "balance") else None


@screen(Hold)
class HoldAdmin(BookAdmin):
    resource = "holds"
    brand_path = "account__unit__brand"
    list_display = ("posting", "member", "points", "expires_at", "state")
    list_filter = ("expires_at",)
    list_select_related = ("account", "posting", "resolution")
    fields = ("posting", "account", "points", "expires_at", "state")
    readonly_fields = ("state",)

    @display(description=_("State"), label={_("Open"): "info", _("Captured"): "success", _("Released"): "warning"})
    def state(self, hold):
        if not hasattr(hold, "resolution"):
            return _("Open")
        return _("Captured") if hold.resolution.captured else _("Released")


@screen(Seal)
class SealAdmin(ReadOnlyAdmin):
    resource = "seals"
    list_display = ("sequence", "entries", "from_xid", "to_xid", "sealed_at")
    ordering = ("-sequence",)
    exclude = ("previous_hash", "hash")
