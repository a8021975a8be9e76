"""Who may enter the portal with an e-mail address and a password (Django's AUTHENTICATION_BACKENDS)."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password

from loyalty.identity.models import Person
from loyalty.identity.signon.doors import posts_by_password


class PortalBackend(BaseBackend):
    """Operators and people who work for a brand. A stranger, a member, somebody switched off and a wrong password get
    the same answer in the same time."""

    def authenticate(self, request, email: str | None = None, password: str | None = None) -> Person | None:
        if not email or not password:
            return None
        person = Person.objects.filter(email=email).first()
        if person is None:
            make_password(password)
            return None
        if not person.check_password(password) or not person.is_active or not person.is_staff:
            return None
        person.worker = person.working_for(posts_by_password(person))
        if person.is_staff:
            return person
        # Who knows the password may know that another way in is asked for; see the sign-in form.
        request.is_password_right = True
        return None

    def get_user(self, user_id) -> Person | None:
        """The person of a session, as long as they are switched on."""
        return Person.objects.filter(pk=user_id, is_active=True).first()
