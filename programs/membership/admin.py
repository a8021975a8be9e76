"""The brand's screens of programs, tiers and memberships, and what a member has in programs. Buttons that move points
are hung on by `programs.activity`."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import TextField
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from ledger.selectors import balances
from loyalty import clock
from loyalty.backoffice import BrandScopedInline, ReadOnlyAdmin, allowed, screen, take_over, visible
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.identity import admin_members
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Member
from programs.membership import operations, selectors
from programs.membership.models import Membership, Program, Tier
from programs.membership.publishing import change_program
from programs.membership.statement_page import show_statement
from programs.membership.tier_buttons import TierButtons, TierFilter
from programs.membership.validity import TierTerms

STATUS_LABELS = {
    "Active": "success", "Draft": "info", "Paused": "warning", "Suspended": "warning", "Archived": "danger",
    "Closed": "danger",
}  # fmt: skip


EXPIRY = {
    "description": _(
        "Points that members have already stay as they were given: they wait, last and go by the terms of the day on "
        "which they were earned. New terms hold for what is earned from now on."
    )
}


TIER_FIELDS = (
    ("tier_basis", "tier_window", "tier_months"), ("tier_downgrade", "tier_grace_days", "tier_warning_days"),
)  # fmt: skip
TIERS = {
    "description": _(
        "Members go up at once. When these terms or the tiers below change, all members are assessed anew. By calendar "
        "year or since joining a tier holds to the end of the year after the one in which it was reached."
    )
}


def show_points(memberships: list[Membership]) -> None:
    """Gives each membership its `balance`, `standing` and `tier_now`, in three queries for any number of them."""
    held = balances([membership.account_id for membership in memberships]) if memberships else {}
    standings = selectors.standings_of(memberships) if memberships else {}
    tiers = Tier.objects.in_bulk({standing.tier_id for standing in standings.values() if standing.tier_id})
    for membership in memberships:
        membership.balance, membership.standing = held.get(membership.account_id), standings[membership.id]
        membership.tier_now = tiers.get(membership.standing.tier_id)


class ProgramForm(forms.ModelForm):
    unit_name = forms.CharField(
        label=_("Points are called"),
        max_length=30,
        initial="points",
        widget=UnfoldAdminTextInputWidget,
        help_text=_('In the plural: "miles".'),
    )
    expiry_dates = SimpleArrayField(
        forms.CharField(max_length=5),
        label=_("Days on which points expire"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Month-day, with commas between: 06-30, 12-31. They count when points expire on fixed days."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["unit_name"] = self.instance.unit.name


class TierForm(forms.ModelForm):
    perks = SimpleArrayField(
        forms.CharField(max_length=40),
        label=_("Perks"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Short names for apps, with commas between: free_shipping, lounge."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "multiplier" in self.fields:
            self.fields["multiplier"].required = False


class TierInline(BrandScopedInline):
    model = Tier
    resource = "tiers"
    brand_path = "program__brand"
    form = TierForm
    fields = ("code", "name", "points_min", "multiplier", "perks", "benefits")
    ordering = ("points_min",)
    show_change_link = False
    formfield_overrides = {TextField: {"widget": UnfoldAdminTextareaWidget(attrs={"rows": 2})}}


@screen(Program)
class ProgramAdmin(OperationAdmin):
    """Programs are opened, changed and archived; never deleted, for the ledger speaks of them."""

    resource = "programs"
    brand_path = "brand"
    form = ProgramForm
    inlines = (TierInline,)
    list_display = ("name", "code", "status_label", "brand", "unit", "earning", "expiry_months", "version")
    list_filter = ("status", "kind", "brand")
    list_select_related = ("brand", "unit")
    search_fields = ("name", "code")
    readonly_fields = ("version", "created_at", "updated_at")
    actions_detail = ("archive",)
    fieldsets = (
        (None, {"fields": ("brand", "code", "name", "unit_name", "kind", "status", "timezone", "is_community")}),
        (_("Earning"), {"fields": ("money_currency", ("earn_points", "earn_per"), ("pending_days", "pending_until"))}),
        (_("Expiry"), {"fields": ("expiry_kind", ("expiry_months", "expiry_dates"), "expiry_warning_days"), **EXPIRY}),
        (
            _("Spending and returns"),
            {"fields": (("redeem_points_min", "redeem_percent_max"), "return_policy", "debt_max")},
        ),
        (_("Tiers"), {"fields": TIER_FIELDS, **TIERS}),
        (_("More"), {"fields": ("version", "created_at", "updated_at")}),
    )

    @display(description=_("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, program):
        return program.get_status_display()

    @display(description=_("Earning"))
    def earning(self, program):
        return f"{program.earn_points} / {program.earn_per} {program.money_currency}"

    def get_readonly_fields(self, request, obj=None):
        return (*super().get_readonly_fields(request, obj), *(("code",) if obj else ()))

    def get_fieldsets(self, request, obj=None):
        """Who may not change the program sees the unit itself, for the field of its name is the form's."""
        (title, first), *more = super().get_fieldsets(request, obj)
        if obj and not self.has_change_permission(request, obj):
            first = first | {"fields": tuple("unit" if name == "unit_name" else name for name in first["fields"])}
        return [(title, first), *more]

    def get_inlines(self, request, obj):
        return self.inlines if obj else ()

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("brand", "unit")

    def has_change_permission(self, request, obj=None):
        ended = obj is not None and obj.status == Program.Status.ARCHIVED
        return not ended and super().has_change_permission(request, obj)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "status":
            kwargs["choices"] = [choice for choice in Program.Status.choices if choice[0] != Program.Status.ARCHIVED]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        if not change:
            given = dict(form.cleaned_data)
            made = operations.create_program(given.pop("brand"), actor=principal_of(request).actor, **given)
            take_over(obj, made)

    def save_related(self, request, form, formsets, change):
        """The tiers come with the program's own changes, so that the version rises once."""
        if not change:
            return
        tiers = None
        for formset in formsets:
            formset.save(commit=False)
            if formset.has_changed():
                tiers = [_tier(each) for each in formset.cleaned_data if each and not each.get("DELETE")]
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        known = Program.objects.select_related("brand", "unit").get(pk=form.instance.pk)
        _, waiting = change_program(principal_of(request), known, changes, tiers=tiers)
        if waiting:
            messages.warning(request, _("The new terms wait for a second person."))

    @operation(
        _("Archive"),
        text=_("Nobody enrols and nothing is earned any more; members keep what they have. This cannot be undone."),
        form=OperationForm,
        icon="archive",
        is_danger=True,
        is_there=lambda program: program.status != Program.Status.ARCHIVED,
    )
    def archive(self, request, obj, data):
        operations.archive_program(obj, actor=principal_of(request).actor)
        return _("The program is archived.")


def _tier(given: dict) -> TierTerms:
    values = {name: given[name] for name in ("code", "name", "points_min", "benefits")}
    multiplier, perks = given.get("multiplier") or Decimal(1), tuple(perk.strip() for perk in given.get("perks") or ())
    return TierTerms(**values, multiplier=multiplier, perks=perks)


@screen(Tier)
class TierAdmin(ReadOnlyAdmin):
    """All tiers at a glance; they are changed on the page of their program."""

    resource = "tiers"
    brand_path = "program__brand"
    list_display = ("name", "code", "program", "points_min", "multiplier")
    list_filter = ("program",)
    list_select_related = ("program",)
    search_fields = ("name", "code")
    fields = ("program", "code", "name", "points_min", "multiplier", "perks", "benefits")


class EnrolForm(forms.ModelForm):
    """Names the program and the member; card and account are made by enrolling."""

    def clean(self):
        """The member must be one whom the program's brand knows, not only another brand of the same person."""
        given = super().clean()
        program, member = given.get("program"), given.get("member")
        if program and member and not member.known_to.filter(brand=program.brand_id).exists():
            self.add_error("member", _("The program's brand does not know this member."))
        return given


def _until(words, moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{words} {_('until')} {moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else str(words)


def _has_status(*statuses):
    return lambda membership: membership.status in statuses


class MembershipAdmin(TierButtons, OperationAdmin):
    """Registered by `programs.activity`, which adds the button that adjusts points."""

    resource = "memberships"
    brand_path = "program__brand"
    list_display = ("member_name", "card_number", "status_label", "available", "tier_name", "program", "joined_at")
    list_display_links = ("member_name", "card_number")
    list_filter = ("status", "program", ("tier", TierFilter), "joined_at")
    list_select_related = ("member", "program")
    # Each row counts a balance and a tier, and a page has to be there at once.
    list_per_page = 30
    search_fields = ("card_number",)
    search_help_text = _("Beginnings of a name, or a whole e-mail, phone, member number or card number")
    autocomplete_fields = ("member",)
    actions_detail = ("statement", "give_tier", "take_tier_back", "protect", "suspend", "reinstate", "close")
    fields = (
        "member",
        "program",
        "card_number",
        "status",
        "available",
        "pending",
        "held",
        "owed",
        "tier_name",
        "tier_held",
        "joined_at",
    )

    def subject(self, obj):
        return f"{obj.member} · {obj.program} · {obj.card_number}"

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return queryset.filter(selectors.matching(search_term, self.brands_where(request))), False

    def prepare_rows(self, request, rows):
        show_points(rows)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("program__brand", "member")

    def get_object(self, request, object_id, from_field=None):
        membership = super().get_object(request, object_id, from_field)
        if membership:
            show_points([membership])
        return membership

    def get_fields(self, request, obj=None):
        return self.fields if obj else ("program", "member")

    def get_readonly_fields(self, request, obj=None):
        return self.fields if obj else ()

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": EnrolForm}))

    def save_model(self, request, obj, form, change):
        given = form.cleaned_data
        made = operations.enrol(given["program"], given["member"], actor=principal_of(request).actor)
        take_over(obj, made)
        show_points([obj])

    @display(description=_("Member"), ordering="member__name")
    def member_name(self, membership):
        return str(membership.member)

    @display(description=_("Status"), ordering="status", label=STATUS_LABELS)
    def status_label(self, membership):
        return membership.get_status_display()

    @display(description=_("Available"), empty_value="-")
    def available(self, membership):
        return f"{membership.balance.available:,}" if membership.balance else None

    @display(description=_("Pending"))
    def pending(self, membership):
        return f"{membership.balance.pending:,}"

    @display(description=_("On hold"))
    def held(self, membership):
        return f"{membership.balance.held:,}"

    @display(description=_("Owed"))
    def owed(self, membership):
        return f"{membership.balance.debt:,}"

    @display(description=_("Tier"), empty_value="-")
    def tier_name(self, membership):
        return membership.tier_now and membership.tier_now.name

    @display(description=_("How the tier is held"), empty_value="-")
    def tier_held(self, membership):
        """By whom or what it is kept, and until when."""
        told, zone = [], ZoneInfo(membership.program.timezone)
        if membership.standing.is_given:
            told.append(_until(_("given by hand"), membership.given_tier_until, zone))
        elif membership.standing.kept_until:
            told.append(_until(_("kept, though not deserved any more"), membership.standing.kept_until, zone))
        if membership.tier_protected_until and membership.tier_protected_until > clock.now():
            told.append(_until(_("protected"), membership.tier_protected_until, zone))
        return "; ".join(told) or None

    @action(description=_("Statement"), url_path="statement", icon="receipt_long")
    @allowed("statements.view")
    def statement(self, request, object_id):
        return show_statement(self, request, object_id)

    @operation(_("Suspend"), form=OperationForm, icon="pause", is_there=_has_status("active"))
    def suspend(self, request, obj, data):
        operations.suspend(obj, actor=principal_of(request).actor)
        return _("Nothing is earned or redeemed with this card until it is reinstated.")

    @operation(_("Reinstate"), form=OperationForm, icon="play_arrow", is_there=_has_status("suspended"))
    def reinstate(self, request, obj, data):
        operations.reinstate(obj, actor=principal_of(request).actor)
        return _("The card works again.")

    @operation(
        _("End"),
        text=_("The member leaves the program; their points expire as they would have."),
        form=OperationForm,
        icon="cancel",
        is_danger=True,
        is_there=_has_status("active", "suspended"),
    )
    def close(self, request, obj, data):
        operations.close(obj, actor=principal_of(request).actor)
        return _("The membership has ended.")


@screen(Member)
class MemberAdmin(admin_members.MemberAdmin):
    """Members are found by their cards too."""

    def matches(self, request, text):
        cards = visible(request, Membership).filter(card_number="".join(text.split()))
        return [*super().matches(request, text), cards.order_by().values("member_id")]
