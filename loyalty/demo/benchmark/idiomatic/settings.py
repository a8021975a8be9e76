"""The project's settings with the plain variant in the place of the API, and DRF as it comes."""

from loyalty.settings import *  # noqa: F403
from loyalty.settings import INSTALLED_APPS, SILENCED_SYSTEM_CHECKS

INSTALLED_APPS = [*INSTALLED_APPS, "loyalty.demo.benchmark.idiomatic"]
ROOT_URLCONF = "loyalty.demo.benchmark.idiomatic.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # The library does not start without it; it costs a request next to nothing.
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["loyalty.demo.benchmark.idiomatic.authentication.PlainKey"]}
# Its addresses are in no table of roles.
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "loyalty.E001"]
