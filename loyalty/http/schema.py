"""What a handler promises, said beside it by `@operation`; `documents` makes the OpenAPI document of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from loyalty.errors import Forbidden, Invalid, LoyaltyError, NotFound
from loyalty.http import refusals
from loyalty.http.idempotency import KeyInFlight, KeyRequired, KeyReused
from loyalty.http.openapi import SPECTACULAR_SETTINGS
from loyalty.http.shapes import Answer
from loyalty.roles import is_known

__all__ = ["SPECTACULAR_SETTINGS", "Operation", "operation", "page_of"]

REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address, as documented."""

    id: str
    summary: str
    tags: Sequence[str]
    allow: tuple[str, ...] = ()
    request: type | None = None
    query: type | None = None
    answers: dict = field(default_factory=dict)
    problems: tuple[type[LoyaltyError], ...] = ()
    idempotent: bool | str = False
    etag: bool = False
    limited: bool = False
    examples: dict = field(default_factory=dict)
    path: dict = field(default_factory=dict)
    upload: tuple[str, ...] = ()

    def all_problems(self, *more, public: bool, has_path: bool) -> dict[int, dict[str, type[LoyaltyError]]]:
        """Every refusal that may be answered, by status and code: what the handler names and what the way to it adds
        (`more`: those of the ways to authenticate, which say so in an attribute `problems`).
        A code named by the handler stands before ours of the same code."""
        found: dict[int, dict[str, type[LoyaltyError]]] = {}
        for kind in (*self.problems, *self._implied(public, has_path), *more):
            found.setdefault(kind.status, {}).setdefault(kind.code, kind)
        return dict(sorted(found.items()))

    def _implied(self, public: bool, has_path: bool):
        if self.upload:
            yield from (refusals.BadRequest, refusals.BodyTooLarge)
        if self.request or self.idempotent:
            yield from (refusals.BadRequest, refusals.MalformedJson, Invalid)
            yield from (refusals.BodyTooLarge, refusals.UnsupportedMediaType)
        if self.query:
            yield Invalid
        if self.idempotent:
            yield from (KeyReused, KeyInFlight)
        if self.idempotent == REQUIRED:
            yield KeyRequired
        if not public:
            yield from (refusals.NotAuthenticated, Forbidden)
        if has_path:
            yield NotFound
        yield from (refusals.NotAcceptable, refusals.TooMany)
        yield from (refusals.InternalError, refusals.TryAgain, refusals.DatabaseUnavailable)


def operation(summary: str, *, tags, allow=(), id: str = "", problems=(), **promise):
    """Say who may ask, and what a handler takes and gives:

    `allow`: the permission in the table of roles ("members.view"), or several of which one will do; left out only by
    public views · `request`, `query`: the Shape of the body and of the query parameters · `answers`: {status: Answer,
    list[Answer], page_of(Answer), several in a tuple of which it is one, or None for no body} · `problems`: the
    refusals it may answer; those that any address may give are added · `idempotent`: True where a key may be given (or
    stands in the body), "required" where the header must · `etag`, `limited`: it knows 304, it has a limit ·
    `examples`: {"request": body, status: body} · `path`: {parameter: description} · `upload`: media types of the file
    that it takes, as it is or in a form · `tags`: one or several · `id`: the operationId, made of the summary if not
    given. The description is the handler's docstring."""
    name = id or re.sub(r"[^a-z0-9]+", "_", summary.lower()).strip("_")
    tags = (tags,) if isinstance(tags, str) else tuple(tags)
    allow = (allow,) if isinstance(allow, str) else tuple(allow)
    if unknown := [permission for permission in allow if not is_known(permission)]:
        raise ValueError(f"The table of roles has no permission {', '.join(unknown)}.")
    made = Operation(id=name, summary=summary, tags=tags, allow=allow, problems=tuple(problems), **promise)

    def mark(handler):
        handler.operation = made
        return handler

    return mark


@cache
def page_of(answer: type) -> type:
    """The Answer of a list of `answer`: {next, previous, results}."""
    fields = {"next": str | None, "previous": str | None, "results": list[answer]}
    namespace = {"__annotations__": fields, "__module__": answer.__module__, "__doc__": "One page of a list."}
    return type(Answer)(f"{answer.__name__}Page", (Answer,), namespace)
