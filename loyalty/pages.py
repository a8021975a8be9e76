"""What pages for people need and the API does not: sessions, CSRF, messages. Each of these steps aside for /api/, whose
requests carry their credentials in a header and whose path is the one that must be quick."""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware


class PagesOnly:
    """Mixed in before a middleware: requests below /api/ pass it by, on the way in and on the way out."""

    def __call__(self, request):
        if request.path_info.startswith("/api/"):
            return self.get_response(request)
        return super().__call__(request)


class PageSession(PagesOnly, SessionMiddleware):
    pass


class PageCommon(PagesOnly, CommonMiddleware):
    pass


class PageCsrf(PagesOnly, CsrfViewMiddleware):
    def process_view(self, request, callback, callback_args, callback_kwargs):
        if request.path_info.startswith("/api/"):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class PageAuthentication(PagesOnly, AuthenticationMiddleware):
    def process_view(self, request, callback, callback_args, callback_kwargs):
        return None


class PageMessages(PagesOnly, MessageMiddleware):
    pass


class PageFrameOptions(PagesOnly, XFrameOptionsMiddleware):
    pass
