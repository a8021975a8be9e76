"""The brand's screen of members: those it knows, under the numbers it gave them. What they have in programs is added
by the rooms above."""

from copy import deepcopy

from django import forms
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from loyalty.backoffice import chosen_brand, screen, take_over, visible
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.identity import look_ups, operations, phones
from loyalty.identity.backoffice import principal_of
from loyalty.identity.masks import masked_email, masked_phone
from loyalty.identity.models import Brand, BrandMember, Member
from loyalty.identity.privacy.consents import PORTAL

PROFILE = ("name", "email", "phone", "birth_date")


class MemberForm(forms.ModelForm):
    external_id = forms.CharField(
        label=_("Member number"),
        max_length=120,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("The number by which your own systems know them."),
    )

    class Meta:
        model = Member
        fields = PROFILE

    def clean_external_id(self):
        return self.cleaned_data["external_id"].strip() or None

    def clean(self):
        """Phones are kept in the international form; one without a country is taken to be of the brand's."""
        given = super().clean()
        if "phone" in self.changed_data and given.get("phone"):
            brand = given.get("brand") or self.instance.created_by
            given["phone"] = phones.international(given["phone"], country=brand.country if brand else "")
            if given["phone"] is None:
                self.add_error("phone", _("This is not a phone number; without a country it needs + in front."))
        return given


class NewMemberForm(MemberForm):
    brand = forms.ModelChoiceField(queryset=Brand.objects.none(), label=_("Brand"), widget=UnfoldAdminSelectWidget)


@screen(Member)
class MemberAdmin(OperationAdmin):
    """What one brand wrote is not shown to another: each sees its own number, and its own memberships. The list shows
    just enough of an address to recognise it; on a member's page one asks for the rest, and that is written down."""

    resource = "members"
    brand_path = "known_to__brand"
    list_display = ("name", "short_email", "short_phone", "external_ids", "is_active", "created_at")
    list_display_links = ("name", "short_email")
    list_filter = ("is_active", "is_synthetic")
    # Each row is opened with its own key, and a page has to be there at once.
    list_per_page = 30
    search_fields = ("name",)
    search_help_text = _("Beginnings of a name, or a whole e-mail, phone, member number or card number")
    readonly_fields = ("id", "has_login", "is_active", "is_synthetic", "created_at", "updated_at")
    actions_detail = ("deactivate",)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [(None, {"fields": ("brand", "external_id", *PROFILE)})]
        known = [(None, {"fields": (*PROFILE, "external_id")})]
        more = ("id", "has_login", "is_active", "is_synthetic", "created_at", "updated_at")
        return [*known, (_("More"), {"fields": more, "classes": ("collapse",)})]

    def get_paginator(self, request, queryset, *args, **kwargs):
        """A list that nothing but the brand narrows is as long as the brand has links, which is quicker to count."""
        paginator = super().get_paginator(request, queryset, *args, **kwargs)
        brands, chosen = self.brands_where(request), chosen_brand(request)
        shown = brands if chosen is None else {chosen} & (brands or {chosen})
        if shown and len(shown) == 1 and not request.GET.keys() - {PAGE_VAR, ORDER_VAR}:
            paginator.count = BrandMember.objects.filter(brand__in=shown).count()
        return paginator

    @display(description=_("Member number"), empty_value="-")
    def external_ids(self, member):
        return ", ".join(member.external_ids)

    @display(description=_("E-mail"), empty_value="-")
    def short_email(self, member):
        return masked_email(member.email)

    @display(description=_("Phone"), empty_value="-")
    def short_phone(self, member):
        return masked_phone(member.phone)

    @display(description=_("Has a login"), boolean=True)
    def has_login(self, member):
        return member.person_id is not None

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return queryset.filter(look_ups.any_of("pk", self.matches(request, search_term))), False

    def matches(self, request, text):
        """Queries for the ids of the members that the text may mean."""
        return look_ups.matches(text, self.brands_where(request))

    def prepare_rows(self, request, rows):
        links = self.links(request, rows)
        for member in rows:
            member.external_ids = [link.external_id for link in links if link.member_id == member.pk]

    def links(self, request, members):
        """What the person's brands (for an operator: all) call these members."""
        links = BrandMember.objects.filter(member__in=members, external_id__isnull=False).order_by("brand_id")
        brands = self.brands_where(request)
        return links if brands is None else links.filter(brand__in=brands)

    def get_form(self, request, obj=None, change=False, **kwargs):
        kwargs |= {"form": MemberForm if obj else NewMemberForm, "fields": PROFILE}
        form = super().get_form(request, obj, change, **kwargs)
        form.base_fields = deepcopy(form.base_fields)
        if obj:
            link = self.links(request, [obj]).first()
            form.base_fields["external_id"].initial = link and link.external_id
        else:
            own, brands = visible(request, Brand), self.brands_where(request, "add")
            own = own if brands is None else own.filter(id__in=brands)
            form.base_fields["brand"].queryset = own
            form.base_fields["brand"].initial = own.first() if own.count() == 1 else None
        return form

    def save_model(self, request, obj, form, change):
        asked, given = principal_of(request), form.cleaned_data
        if change:
            member = Member.objects.get(pk=obj.pk)
            link = self.links(request, [obj]).first()
            member.external_id = link and link.external_id
            changes = {name: given[name] for name in form.changed_data}
            operations.change_member(asked, member, changes, source=PORTAL)
            return
        profile = {name: given[name] for name in (*PROFILE, "external_id")}
        take_over(obj, operations.create_member(given["brand"], actor=asked.actor, source=PORTAL, **profile))

    @operation(
        _("Switch off"),
        text=_("The member is gone from every list and look-up; their history is kept."),
        form=OperationForm,
        icon="person_off",
        is_danger=True,
        is_there=lambda member: member.is_active,
    )
    def deactivate(self, request, obj, data):
        operations.deactivate_member(principal_of(request), obj)
        return _("The member is switched off.")
