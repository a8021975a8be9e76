"""The buttons of a member's page that deal with personal data: consents, everything as a document, erasure."""

import json

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from loyalty.backoffice import allowed
from loyalty.backoffice_buttons import OperationForm, ReasonForm, operation
from loyalty.identity import operations
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand, Member
from loyalty.identity.privacy import erasing, exporting
from loyalty.identity.privacy.subjects import Subject

GIVEN, TAKEN_BACK = "given", "taken_back"


class ConsentForm(OperationForm):
    """Asks what the member said, and where."""

    purpose = forms.RegexField(
        r"^[a-z][a-z0-9_.:-]{0,59}\Z",
        label=_("What for"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Small letters, digits and _ . : - only, say newsletter."),
    )
    said = forms.ChoiceField(
        label=_("The member"),
        choices=[(GIVEN, _("agrees")), (TAKEN_BACK, _("takes it back"))],
        widget=UnfoldAdminSelectWidget,
    )
    source = forms.CharField(
        label=_("Where it was said"),
        max_length=100,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Say: at the till, by telephone, on paper. Kept with the consent."),
    )


class EraseForm(ReasonForm):
    """Asks why, and whether it is meant."""

    reason = forms.CharField(
        max_length=400,
        label=_("Reason"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
        help_text=_("Kept for good: do not name the member."),
    )
    is_meant = forms.BooleanField(label=_("Erase for good; there is no way back"))


class PrivacyButtons:
    """What the members' screen has for one member's personal data."""

    def get_urls(self):
        shown = self.admin_site.admin_view(self.export_view)
        return [
            path("<path:object_id>/personal-data/", shown, name="loyalty_member_personal_data"),
            *super().get_urls(),
        ]

    def subject_of(self, request, member: Member, verb: str) -> Subject:
        """What of the member the person has to do with: a brand's people what the brand has, operators all."""
        if principal_of(request).is_operator:
            return Subject(member=member, person=member.person)
        brand_id = self.brand_of(request, member, verb)
        return Subject(member=member, brand=Brand.objects.get(pk=brand_id))

    @operation(
        _("Record a consent"),
        text=_("What the member said is kept with when and where they said it."),
        form=ConsentForm,
        verb="consents.change",
        icon="how_to_reg",
        is_there=lambda member: member.is_active,
    )
    def record_consent(self, request, obj, data):
        changes = {"consents": {data["purpose"]: True if data["said"] == GIVEN else None}}
        source = f"portal: {data['source']}"
        operations.change_member(principal_of(request), self.as_found(request, obj), changes, source=source)
        return _("It is kept.")

    def as_found(self, request, member: Member) -> Member:
        link = self.links(request, [member]).first()
        member.external_id = link and link.external_id
        return member

    @allowed("personal_data.export")
    def export_view(self, request, object_id):
        """All that is kept about the member as a file. That somebody took it is written down."""
        if request.method != "POST":
            return HttpResponseRedirect(self.page_of(self.member_of(request, object_id, "personal_data.export")))
        member = self.member_of(request, object_id, "personal_data.export")
        subject = self.subject_of(request, member, "personal_data.export")
        document = exporting.export_person(subject, actor=principal_of(request).actor)
        answer = HttpResponse(json.dumps(document, indent=2, ensure_ascii=False), content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="member-{member.pk}.json"'
        answer["Cache-Control"] = "no-store"
        return answer

    @operation(
        _("Erase"),
        text=_(
            "Takes out all that is personal: profile, notes, consents, card numbers, words in transactions. Points are "
            "forfeited, points on hold too. A brand's people erase what the brand has, once a second person agrees; "
            "operators erase the whole person with their login."
        ),
        form=EraseForm,
        verb="personal_data.erase",
        icon="delete_forever",
        is_danger=True,
        is_there=lambda member: not member.erased_at,
    )
    def erase_personal_data(self, request, obj, data):
        principal = principal_of(request)
        subject = self.subject_of(request, obj, "personal_data.erase")
        if subject.brand is None:
            erased = erasing.erase_person(subject, actor=principal.actor, reason=data["reason"])
            # What is logged of it must not name them any more.
            obj.refresh_from_db()
            points = erased.counts.get("points_forfeited", 0)
            return _("The member is erased; %(points)s points were forfeited.") % {"points": f"{points:,}"}
        erasing.request_erasure(principal, subject, reason=data["reason"])
        messages.warning(request, _("It waits for a second person."))
        return _("The erasure is asked for.")
