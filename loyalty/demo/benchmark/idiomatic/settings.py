"""The project's settings with the plain variant in the place of the API, and DRF as it comes."""

from loyalty.settings import *  # noqa: F403
from loyalty.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "loyalty.demo.benchmark.idiomatic"]
ROOT_URLCONF = "loyalty.demo.benchmark.idiomatic.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["loyalty.demo.benchmark.idiomatic.authentication.PlainKey"]}
