"""Second factors as the history knows them. The rows are allauth's; that one was added or taken away is kept, what is
in it never."""

from allauth.mfa.models import Authenticator

from loyalty.history.tracking import tracked


@tracked(
    brands="ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = {row}.user_id)",
    only=["user", "type"],
    is_shared=True,
)
class Factor(Authenticator):
    """Somebody's authenticator app, security key or recovery codes."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "second factor"
