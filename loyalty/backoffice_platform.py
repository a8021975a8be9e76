"""Screens that belong to no room: for operators the jobs and sessions of the libraries."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from loyalty.backoffice import screen
from loyalty.backoffice_long_lists import LongListAdmin

# What the libraries bring and nobody needs to look at: people change their factors themselves, on pages of their own.
for unused in (Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(unused)


@screen(ProcrastinateJob)
class JobAdmin(LongListAdmin):
    resource = "jobs"
    list_display = ("id", "task_name", "status", "queue_name", "attempts", "scheduled_at")
    list_filter = ("status",)
    search_fields = ("=task_name",)


@screen(OutstandingToken)
class SessionAdmin(LongListAdmin):
    """Who is logged in to the API. The tokens themselves are credentials and are not shown."""

    resource = "sessions"
    list_display = ("user", "created_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("=user__email",)
    exclude = ("token",)


@screen(BlacklistedToken)
class EndedSessionAdmin(LongListAdmin):
    resource = "sessions"
    list_display = ("user", "blacklisted_at")
    list_select_related = ("token__user",)
    fields = ("blacklisted_at",)

    @admin.display(description=_("User"))
    def user(self, ended):
        return ended.token.user
