"""The page of a member: who they are, what they have, what happened, and what one can do about it. The profile is
changed on a page of its own."""

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from loyalty.backoffice import allowed, visible
from loyalty.backoffice_buttons import OperationForm, operation
from loyalty.errors import LoyaltyError
from loyalty.identity import member_status, notes
from loyalty.identity.backoffice import principal_of
from loyalty.identity.masks import masked_email, masked_phone
from loyalty.identity.models import Brand, BrandMember, Member, MemberNote
from loyalty.identity.privacy.models import ConsentChange
from programs.activity.member_page.overview import parts_of
from programs.activity.member_page.sections import sections_of
from programs.activity.member_page.timeline import CHOICES as MORE_CHOICES
from programs.activity.member_page.timeline import KINDS, timeline
from programs.membership.models import Membership

NOTES_SHOWN = 20
CONSENTS_SHOWN = 20
CHOICES = {
    "": _("Everything"), "purchases": _("Purchases"), "spending": _("Spending"), "points": _("Points"),
    "tiers": _("Tiers"), "memberships": _("Memberships"), "consents": _("Consents"), "notes": _("Notes"),
    "profile": _("Profile"),
}  # fmt: skip


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=notes.LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3, "class": "ly-input"})
    )


class MemberPage:
    """What the members' screen has for one member."""

    def get_urls(self):
        shown = self.admin_site.admin_view
        views = {
            "edit": self.edit_view, "contact": self.contact_view, "note": self.note_view,
            "note_change": self.note_change,
        }  # fmt: skip
        more = [
            path(f"<path:object_id>/{name}/", shown(view), name=f"loyalty_member_{name}")
            for name, view in views.items()
        ]
        return more + super().get_urls()

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page; what is sent to it is the profile's form."""
        if request.method == "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        member = self.member_of(request, object_id, "view")
        if request.headers.get("X-Fragment") == "timeline":
            context = self.timeline_of(request, member, self.memberships_of(request, member))
            return TemplateResponse(request, "admin/member_timeline.html", context | {"original": member})
        return TemplateResponse(request, "admin/member_page.html", self.context_of(request, member, object_id))

    @allowed("members.change")
    def edit_view(self, request, object_id):
        """The profile as a form. It shows how to reach the member, so that is written down."""
        member = self.member_of(request, object_id, "change")
        if request.method == "GET":
            member_status.record_contact_shown(principal_of(request), self.brand_of(request, member), member)
        return super().change_view(request, object_id)

    @allowed("members.view")
    def contact_view(self, request, object_id):
        """Shows how to reach the member, once, and writes down that somebody looked."""
        member = self.member_of(request, object_id, "view")
        if request.method == "POST":
            member_status.record_contact_shown(principal_of(request), self.brand_of(request, member), member)
            request.shows_contact = True
        return TemplateResponse(request, "admin/member_page.html", self.context_of(request, member, object_id))

    @allowed("notes.add")
    def note_view(self, request, object_id):
        """Adds a note."""
        member = self.member_of(request, object_id, "notes.add")
        form = NoteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            brand = Brand.objects.get(pk=self.brand_of(request, member, "notes.add"))
            notes.add_note(principal_of(request), brand, member.pk, form.cleaned_data["text"])
            messages.success(request, _("The note is kept."))
        elif request.method == "POST":
            messages.error(request, _("A note has 1 to 2,000 characters."))
        return HttpResponseRedirect(f"{self.page_of(member)}#notes")

    @allowed("notes.change")
    def note_change(self, request, object_id):
        """Changes or deletes the note named in the form."""
        member = self.member_of(request, object_id, "notes.change")
        if request.method != "POST":
            return HttpResponseRedirect(f"{self.page_of(member)}#notes")
        note = self.notes_of(request, member).filter(pk=_uuid(request.POST.get("note"))).first()
        if note is None:
            raise Http404
        try:
            if "delete" in request.POST:
                notes.delete_note(principal_of(request), note)
                messages.success(request, _("The note is deleted."))
            else:
                notes.change_note(principal_of(request), note, request.POST.get("text", ""))
                messages.success(request, _("The note is changed."))
        except LoyaltyError as refusal:
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(f"{self.page_of(member)}#notes")

    @operation(
        _("Switch on again"),
        text=_("The member is found again and can use their cards."),
        form=OperationForm, verb="members.deactivate", icon="person_check",
        is_there=lambda member: not member.is_active and not member.erased_at,
    )  # fmt: skip
    def reactivate(self, request, obj, data):
        member_status.reactivate_member(principal_of(request), obj)
        return _("The member is switched on again.")

    def response_post_save_change(self, request, obj):
        return HttpResponseRedirect(self.page_of(obj))

    def member_of(self, request, object_id, verb: str) -> Member:
        member = self.get_object(request, unquote(object_id))
        if member is None:
            raise Http404
        if not self.is_within(request, member, verb):
            raise PermissionDenied
        return member

    def brand_of(self, request, member: Member, verb: str = "view"):
        """The id of the brand in whose name the person deals with the member: the one that entered them, if theirs."""
        known = self.links_of(request, member, verb)
        own = [link.brand_id for link in known if link.brand_id == member.created_by_id]
        return (own or [link.brand_id for link in known] or [None])[0]

    def links_of(self, request, member: Member, verb: str = "view") -> list[BrandMember]:
        links = BrandMember.objects.filter(member=member).select_related("brand").order_by("brand_id")
        theirs = self.brands_where(request, verb)
        return list(links if theirs is None else links.filter(brand__in=theirs))

    def memberships_of(self, request, member: Member) -> list[Membership]:
        found = visible(request, Membership).filter(member=member).order_by("program__code")
        return list(found.select_related("program__unit", "program__brand", "member"))

    def notes_of(self, request, member: Member):
        theirs = self.brands_where(request, "notes.view")
        found = MemberNote.objects.filter(member=member).select_related("author", "brand").order_by("-created_at")
        return found if theirs is None else found.filter(brand__in=theirs)

    def timeline_of(self, request, member: Member, memberships: list[Membership]) -> dict:
        kind = request.GET.get("kind", "")
        kind = kind if kind in KINDS else ""
        page = timeline(
            member.pk, memberships, self.brands_where(request, "events.view"), kind=kind,
            before=request.GET.get("before", ""),
        )  # fmt: skip
        return {"timeline": page, "kind": kind, "is_first_page": "before" not in request.GET}

    def context_of(self, request, member: Member, object_id: str) -> dict:
        """All that the page shows, in a constant number of queries."""
        links, memberships = self.links_of(request, member), self.memberships_of(request, member)
        shows_contact = getattr(request, "shows_contact", False)
        found = self.notes_of(request, member)
        brands = {link.brand_id for link in links}
        consents = ConsentChange.objects.filter(member=member).select_related("brand")
        if self.brands_where(request) is not None:
            consents = consents.filter(brand__in=brands) | consents.filter(brand=None)
        buttons = self._get_actions_navigation(
            self.actions_detail, self.get_actions_detail(request, object_id), object_id
        )
        return {
            **self.admin_site.each_context(request), **self.timeline_of(request, member, memberships),
            "opts": self.opts, "original": member, "member": member, "title": str(member), "object_id": object_id,
            "buttons": buttons, "links": links, "parts": parts_of(memberships), "choices": CHOICES | MORE_CHOICES,
            "sections": sections_of(request, member, memberships),
            "email": member.email if shows_contact else masked_email(member.email),
            "phone": member.phone if shows_contact else masked_phone(member.phone),
            "shows_contact": shows_contact, "notes": list(found[:NOTES_SHOWN]), "note_form": NoteForm(),
            "consent_changes": list(consents[:CONSENTS_SHOWN]),
            "may": {name.replace(".", "_"): self._may(request, name, brands) for name in SHOWN_VERBS},
            "is_others": member.created_by_id not in brands,
        }  # fmt: skip

    def _may(self, request, permission: str, brands: set) -> bool:
        theirs = self.brands_where(request, permission)
        return theirs is None or bool(theirs & brands)


SHOWN_VERBS = (
    "members.change", "notes.add", "notes.delete", "notes.view", "memberships.add", "points.deposit", "points.adjust",
    "points.redeem", "statements.view", "history.view", "consents.view", "events.view", "personal_data.export",
    "referrals.view",
)  # fmt: skip


def page_of_member(member_id) -> str:
    """Where a member's page is."""
    return reverse("admin:loyalty_member_change", args=[member_id])


def _uuid(text: str | None):
    try:
        return forms.UUIDField().clean(text)
    except forms.ValidationError:
        return None
