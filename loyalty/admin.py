"""The face of the app for the admin: the screens of its rooms. Nobody inside imports it."""

from loyalty.backoffice_platform import EndedSessionAdmin, JobAdmin, SessionAdmin
from loyalty.delivery.backoffice import home, readers_page, replaying
from loyalty.delivery.backoffice.delivery_admin import DeliveryAdmin
from loyalty.delivery.backoffice.endpoint_admin import EndpointAdmin
from loyalty.delivery.backoffice.log_admin import EventAdmin
from loyalty.delivery.notifications.backoffice import preview_page
from loyalty.delivery.notifications.backoffice.screens import MessageScreen, SettingsScreen, TemplateScreen
from loyalty.identity.admin import BrandAdmin, PersonAdmin, ServerKeyAdmin, StaffAdmin
from loyalty.identity.admin_members import MemberAdmin
from loyalty.identity.approvals.admin import ApprovalRequestAdmin
from loyalty.identity.locations.admin import LocationAdmin
from loyalty.identity.signon.admin import SignOnScreen
from loyalty.portal import sources, view_pages
from loyalty.runs.admin import RunAdmin

__all__ = [
    "ApprovalRequestAdmin",
    "BrandAdmin",
    "DeliveryAdmin",
    "EndedSessionAdmin",
    "EndpointAdmin",
    "EventAdmin",
    "JobAdmin",
    "LocationAdmin",
    "MemberAdmin",
    "MessageScreen",
    "PersonAdmin",
    "RunAdmin",
    "ServerKeyAdmin",
    "SessionAdmin",
    "SettingsScreen",
    "SignOnScreen",
    "StaffAdmin",
    "TemplateScreen",
    "home",
    "preview_page",
    "readers_page",
    "replaying",
    "sources",
    "view_pages",
]
