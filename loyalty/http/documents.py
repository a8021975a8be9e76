"""The OpenAPI 3.1 document, made by drf-spectacular from what `@operation` says and from the msgspec shapes."""

import re

import msgspec
import uritemplate
from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, resolve_django_path_parameter

from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.openapi import PERSON, SERVER
from loyalty.http.schema import Operation
from loyalty.http.shapes import UNSET, Answer, UnsetType
from loyalty.http.uploads import FORM
from loyalty.roles import KEY, SCOPE_OF, roles_for

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
_REF = "#/components/schemas/{name}"
_PATH_WORDS = {
    "member": "The member's id, or the brand's own number for them (external_id).",
    "program": "The program's id, or its code.",
    "user": "The person's id; `me` for oneself.",
}


class Mistake(Answer):
    """One thing that is wrong with the request."""

    pointer: str
    code: str
    detail: str
    hint: str | UnsetType = UNSET


class Problem(Answer):
    """A problem document (RFC 9457). Members beside these are facts of the problem at hand."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[Mistake] | UnsetType = UNSET


class ContractSchema(AutoSchema):
    """Documents handlers that carry an `@operation`; leaves others to drf-spectacular."""

    def get_operation(self, path, path_regex, path_prefix, method, registry):
        promise = getattr(getattr(self.view, method.lower(), None), "operation", None)
        if promise is None:
            return super().get_operation(path, path_regex, path_prefix, method, registry)
        self.registry, self.path, self.path_regex, self.method = registry, path, path_regex, method.upper()
        public = getattr(self.view, "public", False)
        document = {
            "operationId": promise.id,
            "summary": promise.summary,
            "description": _docstring(self.view, method),
            "tags": list(promise.tags),
            "parameters": [*self._path(promise), *self._query(promise), *_headers(promise)],
            "requestBody": self._body(promise),
            "security": [{}] if public else _ways_in(promise.allow),
            "x-permission": promise.allow[0] if len(promise.allow) == 1 else list(promise.allow),
            "responses": self._answers(promise) | self._problems(promise, public),
        }
        return {name: value for name, value in document.items() if value}

    def _schema(self, kind) -> dict:
        """The JSON schema of a type, its structs registered as components."""
        (schema,), components = msgspec.json.schema_components([kind], ref_template=_REF)
        for name, component in components.items():
            made = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, object=name, schema=_plain(component))
            if made in self.registry and self.registry[made].schema != made.schema:
                warn(f"two different shapes are named {name}")
            self.registry.register_on_missing(made)
        return _plain(schema)

    def _schema_of_any(self, kind) -> dict:
        """The schema of an answer: of a type, of one of several, or one that is written out."""
        if isinstance(kind, tuple):
            return {"oneOf": [self._schema(one) for one in kind]}
        return kind if isinstance(kind, dict) else self._schema(kind)

    def _path(self, promise: Operation) -> list[dict]:
        parameters = []
        for name in uritemplate.variables(self.path):
            found = resolve_django_path_parameter(self.path_regex, name, ["json"]) or {}
            words = promise.path.get(name) or _PATH_WORDS.get(name)
            parameter = {"name": name, "in": "path", "required": True, "description": words}
            parameter["schema"] = found.get("schema", {"type": "string"})
            parameters.append({key: value for key, value in parameter.items() if value})
        return parameters

    def _query(self, promise: Operation) -> list[dict]:
        if promise.query is None:
            return []
        _, components = msgspec.json.schema_components([promise.query], ref_template=_REF)
        shape = components[promise.query.__name__]
        parameters = []
        for name, schema in shape["properties"].items():
            schema = _not_null(_plain(schema))
            parameter = {"name": name, "in": "query", "schema": schema}
            if words := schema.pop("description", None):
                parameter["description"] = words
            if name in shape.get("required", ()):
                parameter["required"] = True
            parameters.append(parameter)
        return parameters

    def _body(self, promise: Operation) -> dict | None:
        if promise.upload:
            return _file(promise.upload)
        if promise.request is None:
            return None
        content = {"schema": self._schema(promise.request)}
        if "request" in promise.examples:
            content["examples"] = {"example": {"value": promise.examples["request"]}}
        required = any(field.required for field in msgspec.structs.fields(promise.request))
        return {"content": {JSON: content}, "required": required}

    def _answers(self, promise: Operation) -> dict:
        answers = {}
        for status, kind in promise.answers.items():
            answer: dict = {"description": "Done." if status < 300 else "Not modified."}
            if kind is not None:
                content = {"schema": self._schema_of_any(kind)}
                if status in promise.examples:
                    content["examples"] = {"example": {"value": promise.examples[status]}}
                media_type = kind.get("contentMediaType", JSON) if isinstance(kind, dict) else JSON
                answer["content"] = {media_type: content}
            if headers := _answer_headers(promise, status):
                answer["headers"] = headers
            answers[str(status)] = answer
        if promise.etag:
            answers["304"] = {"description": "It is as it was.", "headers": {"ETag": _ETAG}}
        return answers

    def _problems(self, promise: Operation, public: bool) -> dict:
        has_path = bool(uritemplate.variables(self.path))
        ways_in = () if public else self.view.get_authenticators()
        refused = [kind for way in ways_in for kind in getattr(way, "problems", ())]
        by_status = promise.all_problems(*refused, public=public, has_path=has_path)
        return {str(status): self._problem(status, kinds) for status, kinds in by_status.items()}

    def _problem(self, status: int, kinds: dict[str, type[LoyaltyError]]) -> dict:
        """One answer of that status; what many operations share stands once, among the components."""
        schema = self._schema(Problem)
        document = {
            "description": "; ".join(f"`{code}`: {kind.title()}" for code, kind in kinds.items()),
            "content": {
                PROBLEM_JSON: {
                    "schema": schema,
                    "examples": {code: {"value": _example(kind)} for code, kind in kinds.items()},
                }
            },
        }
        if status in (429, 503):
            document["headers"] = {"Retry-After": _RETRY_AFTER}
        if status == 401:
            document["headers"] = {"WWW-Authenticate": _string("The ways to say who one is.")}
        name = f"{status}." + ".".join(kinds)
        made = ResolvedComponent(name=name, type=ResolvedComponent.RESPONSE, object=name, schema=document)
        self.registry.register_on_missing(made)
        return made.ref


def _ways_in(permissions: tuple[str, ...]) -> list[dict]:
    """Which credentials open it, a server's with the scopes of which it needs one."""
    scopes = list(dict.fromkeys(SCOPE_OF[permission] for permission in permissions if permission in SCOPE_OF))
    everybody = {role for permission in permissions for role in roles_for(permission)}
    servers, people = [{SERVER: [scope]} for scope in scopes], [{PERSON: []}] * bool(everybody - {KEY})
    return [*servers, *people]


def _file(media_types: tuple[str, ...]) -> dict:
    """A body that is a file, or a form with one."""
    form = {
        "type": "object",
        "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"}},
    }
    content = {FORM: {"schema": form | {"required": ["file"]}}}
    return {"content": content | {kind: {"schema": {}} for kind in media_types}, "required": True}


def _string(words: str) -> dict:
    return {"description": words, "schema": {"type": "string"}}


_ETAG = _string("The version of what was read.")
_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}


def _answer_headers(promise: Operation, status: int) -> dict:
    headers = {}
    if promise.idempotent and status < 300:
        headers["Idempotent-Replayed"] = _string("`true` when this is the first answer again.")
    if status in (201, 202):
        headers["Location"] = _string("Where the new object is.")
    if promise.etag:
        headers["ETag"] = _ETAG
    if promise.limited:
        headers["RateLimit"] = _string("What is left of the limit, and for how many seconds.")
        headers["RateLimit-Policy"] = _string("The limit: how many in how many seconds.")
    return headers


def _headers(promise: Operation) -> list[dict]:
    headers = []
    if promise.idempotent:
        words = "A name for this very request, so that repeating it changes nothing. Wins over one in the body."
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        headers.append(
            {"name": "Idempotency-Key", "in": "header", "description": words, "schema": schema}
            | ({"required": True} if promise.idempotent == "required" else {})
        )
    if promise.etag:
        headers.append({"name": "If-None-Match", "in": "header", **_string("ETags that the client has.")})
    return headers


def _example(kind: type[LoyaltyError]) -> dict:
    example = {
        "type": f"/problems/{kind.code}",
        "title": kind.title(),
        "status": kind.status,
        "detail": kind.title(),
        "instance": "/api/…",
        "code": kind.code,
    }
    if issubclass(kind, Invalid):
        example["errors"] = [{"pointer": "/points", "code": "required", "detail": "This field is required."}]
    return example


def _docstring(view, method: str) -> str:
    text = getattr(view, method.lower()).__doc__ or type(view).__doc__ or ""
    return re.sub(r"\n\s+", "\n", text.strip())


def _plain(schema):
    """The schema in the words of ECMA 262, whose regular expressions know no \\Z."""
    if isinstance(schema, dict):
        return {
            name: value.replace(r"\Z", "$") if name == "pattern" and isinstance(value, str) else _plain(value)
            for name, value in schema.items()
        }
    return [_plain(item) for item in schema] if isinstance(schema, list) else schema


def _not_null(schema: dict) -> dict:
    """The schema of a parameter, which can be left out but not be null."""
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
        rest = {name: value for name, value in schema.items() if name != "anyOf" and value is not None}
        schema = {**kinds[0], **rest} if len(kinds) == 1 else {**rest, "anyOf": kinds}
    return {name: value for name, value in schema.items() if not (name == "default" and value is None)}
