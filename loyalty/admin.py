"""The face of the app for the admin: the screens of its rooms, and of the libraries it brings. Nobody inside
imports it."""

from django.contrib import admin
from django.contrib.auth.models import Group
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from loyalty.backoffice import OperatorAdmin, screen
from loyalty.events.admin import EventAdmin
from loyalty.identity.admin import BrandAdmin, PersonAdmin, ServerKeyAdmin, StaffAdmin
from loyalty.identity.admin_members import MemberAdmin

__all__ = ["BrandAdmin", "EventAdmin", "MemberAdmin", "PersonAdmin", "ServerKeyAdmin", "StaffAdmin"]

admin.site.unregister(Group)


@screen(ProcrastinateJob)
class JobAdmin(OperatorAdmin):
    list_display = ("pk", "task_name", "status", "queue_name", "attempts", "scheduled_at")
    list_filter = ("status", "queue_name")
    search_fields = ("task_name",)
    ordering = ("-id",)


@screen(OutstandingToken)
class SessionAdmin(OperatorAdmin):
    list_display = ("user", "created_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("token",)


@screen(BlacklistedToken)
class EndedSessionAdmin(OperatorAdmin):
    list_display = ("token", "blacklisted_at")
    list_select_related = ("token__user",)
