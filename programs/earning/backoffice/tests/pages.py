"""Somebody of the cafe in the portal, and documents of rules."""

import json
from urllib.parse import urlsplit

from django.test import Client
from django.urls import reverse


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def rule(key: str = "gift", points: int = 10, **more) -> dict:
    return {
        "key": key, "name": f"Rule {key}", "trigger": "order.paid", "group": "bonus",
        "effects": [{"type": "points.fixed", "points": points}],
    } | more  # fmt: skip


def document(*rules: dict) -> dict:
    return {"rules": list(rules or [rule()])}


def body(answer) -> str:
    return answer.content.decode()


def told(answer) -> list[str]:
    """The messages of the page that comes after."""
    return [str(message) for message in answer.context["messages"]]


def judged(client: Client, address: str, text, mode: str = "document") -> dict:
    given = text if isinstance(text, str) else json.dumps(text)
    return json.loads(client.post(address, {"mode": mode, "text": given}).content)


def where(answer) -> str:
    return urlsplit(answer.headers["Location"]).path
