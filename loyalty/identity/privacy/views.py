"""The addresses of what members agreed to, and of everything that is kept about one of them."""

from loyalty.http.pagination import page
from loyalty.http.schema import operation, page_of
from loyalty.http.throttling import limit_person
from loyalty.http.views import ApiView, reply
from loyalty.identity import errors, selectors
from loyalty.identity.privacy import consents, exporting, serializers
from loyalty.identity.privacy.subjects import Subject

MEMBERS = "Members"
EXPORTS = "20/h"


class ConsentsView(ApiView):
    """The history of a member's consents."""

    @operation(
        "List changes of a member's consents",
        tags=MEMBERS,
        allow="consents.view",
        answers={200: page_of(serializers.ConsentAnswer)},
        problems=[errors.ScopeMissing, errors.AmbiguousMember],
    )
    def get(self, request, member):
        """What the member agreed to and took back, when, and where it was said; newest first. A brand sees what was
        said in its own name and the member's own word."""
        found = selectors.find_member(self.principal, member)
        changes = consents.visible_changes(self.principal, found)
        return reply(page(request, changes, render=serializers.consent_answer))


class PersonalDataView(ApiView):
    """Everything about one person."""

    @operation(
        "Export everything about a member",
        tags=MEMBERS,
        allow="personal_data.export",
        answers={200: serializers.PersonalDataAnswer},
        problems=[errors.AmbiguousMember],
        limited=True,
    )
    def get(self, request, member):
        """All that is kept about the member, as one document; brand admins get what their brand has. Who took it is
        recorded."""
        found = selectors.find_member(self.principal, member)
        limit_person(request, "export", EXPORTS)
        subject = exporting.own_subject(self.principal, Subject(member=found, person=found.person))
        return reply(exporting.export_person(subject, actor=self.principal.actor))
