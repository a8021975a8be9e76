"""Shapes of passwords that were forgotten or are changed."""

from typing import Annotated

from msgspec import Meta

from loyalty.http.shapes import Shape
from loyalty.identity.serializers import Password


class Forgotten(Shape):
    """The address that one logs in with."""

    email: Annotated[str, Meta(max_length=254, examples=["ana@example.com"])]


class Reset(Shape):
    """What stands in the link, and the new password."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]
    password: Password


class Change(Shape):
    """The password so far, and the new one."""

    old_password: Password
    password: Password
