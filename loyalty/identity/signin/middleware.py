"""Nobody works in the portal without the second factor that their brand asks for."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.identity.signin import factors
from loyalty.identity.signin.visits import SIGN_ON
from loyalty.identity.signon.doors import asks_second_factor

OPEN_ANYWAY = ("login", "logout", "password_change", "jsi18n")


class SecondFactor:
    """Leads whoever needs a second factor and has none to where it is set up, before any page of the portal opens."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        place = request.resolver_match
        if "admin" not in place.app_names or place.url_name in OPEN_ANYWAY or not request.user.is_authenticated:
            return None
        if not factors.needs_factor(request.user) or factors.has_factor(request.user):
            return None
        if (brand_id := request.session.get(SIGN_ON)) and asks_second_factor(brand_id):
            return None
        messages.warning(request, _("Your work here asks for a second factor. Set one up to go on."))
        return HttpResponseRedirect(reverse("mfa_index"))
