"""Who presses the buttons of the admin portal: the person of a page's request as a principal."""

from django.http import HttpRequest

from loyalty.errors import Forbidden
from loyalty.identity.principals import Principal
from loyalty.identity.selectors import person_principal


def principal_of(request: HttpRequest) -> Principal:
    """The person who is logged in, with today's posts; asked of the database once in a request."""
    if not hasattr(request, "_principal"):
        person = request.user
        request._principal = person_principal(person.pk, token_version=person.token_version)
    if request._principal is None:
        raise Forbidden()
    return request._principal
