"""The mail to whoever can decide on a request."""

from django.conf import settings
from django.urls import reverse

from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.mails import prepares, send_mail_later
from loyalty.identity.models import Person, Staff
from loyalty.roles import ADMIN, roles_for

TOLD_MAX = 10


def tell_who_can_decide(request: ApprovalRequest, permission: str) -> None:
    """Writes to the brand's admins, without admins who may to its other people who may, else to the operators."""
    posts = Staff.objects.filter(brand_id=request.brand_id, is_active=True, person__is_active=True)
    able = posts.filter(role__in=roles_for(permission) & roles_for("approvals.decide"))
    able = able.exclude(person_id=request.requested_by_id)
    told = list(able.filter(role=ADMIN).values_list("person_id", flat=True)[:TOLD_MAX])
    told = told or list(able.values_list("person_id", flat=True)[:TOLD_MAX])
    if not told:
        operators = Person.objects.filter(is_operator=True, is_active=True).exclude(pk=request.requested_by_id)
        told = list(operators.values_list("pk", flat=True)[:TOLD_MAX])
    for person_id in told:
        facts = {"brand_id": str(request.brand_id), "request_id": str(request.pk)}
        send_mail_later("approval_requested", person_id, facts)


@prepares("approval_requested")
def prepare(person: Person, facts: dict) -> dict | None:
    request = ApprovalRequest.objects.filter(pk=facts["request_id"]).first()
    if request is None or request.status != ApprovalRequest.Status.WAITING:
        return None
    page = reverse("admin:loyalty_approvalrequest_change", args=[request.pk])
    return {"summary": request.summary, "link": settings.SITE_URL + page}
