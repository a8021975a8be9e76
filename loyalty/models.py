"""The face of the app for Django: every model of its rooms. Nobody inside imports it."""

from loyalty.events.models import Event, EventStream
from loyalty.http.models import IdempotencyRecord
from loyalty.identity.models import Brand, BrandMember, Member, Person, ServerKey, Staff

__all__ = [
    "Brand",
    "BrandMember",
    "Event",
    "EventStream",
    "IdempotencyRecord",
    "Member",
    "Person",
    "ServerKey",
    "Staff",
]
