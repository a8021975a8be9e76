"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

from loyalty.delivery.notifications.models import (
    Notification,
    NotificationChoice,
    NotificationSettings,
    NotificationTemplate,
    PushToken,
)
from loyalty.delivery.webhooks.models import WebhookDelivery, WebhookEndpoint
from loyalty.events.models import Event, EventArchive, EventHorizon, EventReader, EventStream
from loyalty.history.models import Change, HistorySeal
from loyalty.http.models import IdempotencyRecord
from loyalty.identity.approvals.models import ApprovalRequest
from loyalty.identity.devices.models import Device, OneTimeCode
from loyalty.identity.models import Brand, BrandMember, Location, Member, MemberNote, Person, ServerKey, Staff
from loyalty.identity.privacy.models import ConsentChange, Erasure
from loyalty.identity.signin.models import Factor
from loyalty.identity.signon.models import SignOn, SignOnTie
from loyalty.portal.models import SavedView
from loyalty.runs.models import Run, RunItem

__all__ = [
    "ApprovalRequest",
    "Brand",
    "BrandMember",
    "Change",
    "ConsentChange",
    "Device",
    "Erasure",
    "Event",
    "EventArchive",
    "EventHorizon",
    "EventReader",
    "EventStream",
    "Factor",
    "HistorySeal",
    "IdempotencyRecord",
    "Location",
    "Member",
    "MemberNote",
    "Notification",
    "NotificationChoice",
    "NotificationSettings",
    "NotificationTemplate",
    "OneTimeCode",
    "Person",
    "PushToken",
    "Run",
    "RunItem",
    "SavedView",
    "ServerKey",
    "SignOn",
    "SignOnTie",
    "Staff",
    "WebhookDelivery",
    "WebhookEndpoint",
]
