"""What allauth asks of us about providers: they are those of our brands, and no others."""

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Providers of the brands."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False

    def list_apps(self, request, provider=None, client_id=None) -> list:
        return []
