"""Who presses the buttons of the admin portal: the person of a page's request as a principal."""

from django.http import HttpRequest

from loyalty.errors import Forbidden
from loyalty.identity.principals import Principal


def principal_of(request: HttpRequest) -> Principal:
    """The person who is signed in, with the posts that their way of signing in opens, and never as the member they may
    be too."""
    if not request.user.is_active:
        raise Forbidden()
    return request.user.worker
