"""Addresses of the portal's pages, and somebody who opens them."""

from html import unescape

from django.test import Client
from django.urls import reverse


def at(name: str, *args) -> str:
    """The address of a page."""
    return reverse(f"admin:{name}", args=args)


def logged_in(person) -> Client:
    """The portal as the person."""
    client = Client()
    client.force_login(person)
    return client


def body(answer) -> str:
    """The page as people read it: without breaks of lines, with its characters as they are."""
    return " ".join(unescape(answer.content.decode()).split())


def told(answer) -> list[str]:
    """What the page after the next one tells of what was done."""
    return [str(message) for message in answer.wsgi_request._messages]
