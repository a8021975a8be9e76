"""Addresses of the portal's pages, and somebody who opens them."""

from django.test import Client
from django.urls import reverse

ACTOR = "system:test"


def at(name: str, *args) -> str:
    """The address of a page."""
    return reverse(f"admin:{name}", args=args)


def logged_in(person) -> Client:
    """The portal as the person."""
    client = Client()
    client.force_login(person)
    return client
