"""What browsers are told about our answers: where a page's scripts, styles and forms may come from and go to (Content
Security Policy), which devices it may use, and which other sites may call the API (CORS)."""

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware
from django.conf import settings

# Nothing but our own files; nothing inline, nothing evaluated.
STRICT = {
    "default-src": [SELF],
    "base-uri": [NONE],
    "connect-src": [SELF],
    "font-src": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
    "frame-src": [NONE],
    "img-src": [SELF],
    "object-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
}
# The portal's widgets are written in Alpine, which evaluates the expressions in its attributes, and set styles on
# elements. No script stands in the page itself, and no other host is named.
PORTAL = {
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
}
PORTAL_PREFIXES = ("/admin/", "/accounts/")

# An answer of the API is never a page; a browser that takes it for one may do nothing with it.
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Nothing here needs a camera, a microphone or a place.
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "midi",
        "payment",
        "usb",
    )
)

# But a page that says so (`needs_camera` on its answer), to read codes.
WITH_CAMERA = PERMISSIONS.replace("camera=()", "camera=(self)")

# What scripts of other sites may send and see, where CORS_ALLOWED_ORIGINS names them.
CORS_HEADERS = (
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-request-id",
)
CORS_EXPOSED = (
    "ETag",
    "Idempotent-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
)


def content_policy(*, form_origins: list[str], report_uri: str, is_https: bool) -> dict:
    """The setting that django-csp reads. `form_origins`: other sites that a form of ours may lead to, say the one where
    staff sign in."""
    directives = STRICT | {"form-action": [SELF, *form_origins], "upgrade-insecure-requests": is_https}
    return {"DIRECTIVES": directives | ({"report-uri": report_uri} if report_uri else {})}


NOT_KEPT = "no-store, private"


class BrowserRules(CSPMiddleware):
    """Sets the headers: the portal's policy in the portal, the strict one on all other pages, a constant one on the
    API, whose requests it costs next to nothing. A policy that a view has set stays. What somebody sees who is signed
    in, or signs in, is kept by no cache, so that the next one at the same screen does not see it."""

    def __call__(self, request):
        if request.path_info.startswith("/api/"):
            response = self.get_response(request)
            response.headers.setdefault("Content-Security-Policy", API_POLICY)
            return response
        response = super().__call__(request)
        may_use = WITH_CAMERA if getattr(response, "needs_camera", False) else PERMISSIONS
        response.headers.setdefault("Permissions-Policy", may_use)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path_info.startswith(PORTAL_PREFIXES) or settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", NOT_KEPT)
        return response

    def get_policy_parts(self, request, response, report_only=False):
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(PORTAL_PREFIXES):
            parts.replace = PORTAL | (parts.replace or {})
        return parts
