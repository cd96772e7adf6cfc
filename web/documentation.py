"""The OpenAPI document, and a page that reads it aloud without fetching anything from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from apiflask import APIFlask
from flask import Response, current_app, render_template
from pydantic import BaseModel

from web import json
from web.route import ROUTES, SIGNED_RULES, Route
from web.schemas.operations import ProblemOut
from web.schemas.previews import PreviewOut

PUBLIC_ENDPOINTS: Final = frozenset({"openapi", "docs"})

_MADE: Final = "fulfillment.documentation"
"""Where among an application's extensions the texts stand that were made of it."""

_ABOUT: Final = """
Order fulfillment, from checkout to the customer's door.

Money is `{"amount": 1250, "currency": "GBP"}` in minor units; times are RFC 3339 in UTC. Errors are RFC 9457 problems:
`type` is stable, `guard` names the rule that refused, `remedy` says what to do.

Every call needs an API key: `Authorization: Bearer fk_...`; `fulfillment api-key create` makes one. What a key may do is
decided by its role.

Every POST takes an `Idempotency-Key`. Sent again with the same body it is answered as the first time, with
`Idempotent-Replayed: true`; with another body it is refused (422); while the first is still running it gets 409. Nothing
is kept for a refused command. Keys are kept for 72 hours.

Commands that cannot be taken back have a preview: with `dry_run=true` they answer the exact plan of what would follow
(stock, money, e-mails, changes) and do nothing; sent again with its token as `Plan-Token` they do exactly that, or are
refused with what has changed since.

A command that leads to steps answers 202 with an operation to follow; with `Prefer: wait=5` it waits up to so many
seconds (at most 30) and answers 200 with the outcome, or still 202.

Several people may work on one order. `ETag` is its version, which rises with every change a person makes. PATCH, PUT and
DELETE of an order need `If-Match` with the version they go by (428 without); a command may send it. Where somebody changed
the order since, the answer is 412 and `changed` says what, who and when. `If-Match: *` goes by whatever there is.

Lists have `limit`, `cursor` and a `next` link.
""".strip()

_PROBLEMS: Final = {
    400: "The request is malformed.",
    401: "No valid API key, or no valid signature.",
    403: "The key's role may not do this.",
    404: "There is no such thing, or it is not yours to see.",
    412: "Somebody changed the order since the version that If-Match names; `changed` says what.",
    428: "A change of an order or a cart needs If-Match.",
    409: "It makes sense, but not in the present state; or the first request with this key is still running.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "What was sent cannot be meant.",
    429: "More calls by this key, or from this address, than are allowed; `Retry-After` says when.",
    503: "Busy; send it again.",
}
_ANSWERS: Final = {200: "The outcome, where it was waited for or was there before.", 201: "Done at once."}
_CONTENT: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "Chosen by the client: a fresh one per command, the same one when it is repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_SIGNATURE: Final[tuple[dict[str, Any], ...]] = tuple(
    {"in": "header", "name": name, "required": True, "description": what, "schema": {"type": "string"}}
    for name, what in (
        ("webhook-id", "The event's own id, the same whenever it is told again."),
        ("webhook-timestamp", "When it was sent, in seconds since 1970."),
        ("webhook-signature", "`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body."),
    )
)
_IF_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "description": 'The ETag of the order that the change goes by, such as `"3"`; or `*`.',
    "schema": {"type": "string"},
}
_DRY_RUN: Final = {
    "in": "query",
    "name": "dry_run",
    "description": "`true`: do nothing, and answer 200 with the plan of everything that would follow, and its token.",
    "schema": {"type": "boolean"},
}
_PLAN_TOKEN: Final = {
    "in": "header",
    "name": "Plan-Token",
    "description": "Do exactly what was shown by `dry_run=true`, or refuse with 409 `plan_changed`.",
    "schema": {"type": "string"},
}
_PREFER: Final = {
    "in": "header",
    "name": "Prefer",
    "description": "`wait=5`: wait up to 5 seconds (at most 30) for the outcome.",
    "schema": {"type": "string"},
}


def register(app: APIFlask) -> None:
    """Configure how the document is made, and serve it at /openapi.json and /docs."""
    app.config.update(
        AUTO_SERVERS=False,
        AUTO_404_RESPONSE=False,
        AUTO_AUTH_ERROR_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        DESCRIPTION=_ABOUT,
        SECURITY_SCHEMES={"key": {"type": "http", "scheme": "bearer", "description": "An API key: `fk_...`"}},
    )
    app.spec_processor(_completed)  # type: ignore[arg-type] # text only where the document is YAML
    app.extensions[_MADE] = {}
    app.add_url_rule("/openapi.json", "openapi", app.doc(hide=True)(_openapi))
    app.add_url_rule("/docs", "docs", app.doc(hide=True)(_docs))


def document(app: APIFlask) -> dict[str, Any]:
    """Give the OpenAPI 3.1 document."""
    with app.app_context():
        found: dict[str, Any] = app._get_spec("json")  # type: ignore[assignment] # noqa: SLF001 - the public `spec` makes it anew on every call
        return found


def _openapi() -> Response:
    return Response(_once("json", lambda app: json.dumps(document(app)).decode()), mimetype="application/json")


def _docs() -> Response:
    page = _once("page", lambda app: render_template("docs.html", spec=document(app)))
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return response


def _once(what: str, make: Callable[[APIFlask], str]) -> str:
    """Make a text for the first who asks: nobody needs a key to ask, so it must cost nothing."""
    app = _app()
    made: dict[str, str] = app.extensions[_MADE]
    if what not in made:
        made[what] = make(app)
    return made[what]


def _app() -> APIFlask:
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - Flask's own way
    assert isinstance(app, APIFlask)
    return app


@cache
def _by_operation() -> dict[tuple[str, str], tuple[str, Route]]:
    return {(_template(route.rule), route.method.lower()): (name, route) for name, route in ROUTES.items()}


def _completed(spec: dict[str, Any]) -> dict[str, Any]:
    """Add what all routes share: the key, the headers, the problems, who may call."""
    problem = ProblemOut.model_json_schema()
    spec["components"]["schemas"]["Problem"] = problem
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            name, route = _by_operation()[path, method]
            operation["operationId"] = name.split(".")[1]
            _complete(operation, route, spec)
    return spec


def _complete(operation: dict[str, Any], route: Route, spec: dict[str, Any]) -> None:
    parameters = operation["parameters"]
    for parameter in parameters:
        _complete_parameter(parameter, route)
    if route.roles:
        operation["security"] = [{"key": []}]
        listed = ", ".join(sorted(route.roles))
        operation["description"] = f"{operation.get('description', '')}\n\nRoles: {listed}.".strip()
        operation["x-roles"] = sorted(route.roles)
    if route.body is not None:
        operation["requestBody"]["required"] = True
    parameters += _headers(route)
    for status, answer in route.also.items():
        _add_answer(operation, status, answer, spec)
    if route.previews:
        _add_preview(operation, spec)
    for status in _problems(route):
        operation["responses"][str(status)] = {"description": _PROBLEMS[status], "content": _CONTENT}


def _add_preview(operation: dict[str, Any], spec: dict[str, Any]) -> None:
    """Document what `dry_run=true` answers, beside what else is answered with 200."""
    schema = PreviewOut.model_json_schema(ref_template="#/components/schemas/{model}")
    spec["components"]["schemas"] |= schema.pop("$defs") | {"PreviewOut": schema}
    done = operation["responses"].setdefault("200", {"description": _ANSWERS[200]})
    content = done.setdefault("content", {}).setdefault("application/json", {})
    answers = [content["schema"]] if "schema" in content else []
    content["schema"] = {"anyOf": [*answers, {"$ref": "#/components/schemas/PreviewOut"}]}


def _headers(route: Route) -> list[dict[str, Any]]:
    signed = route.rule in SIGNED_RULES
    wanted = (
        (route.method == "POST" and bool(route.roles), _KEY),
        *((signed, header) for header in _SIGNATURE),
        (route.of_a_version, {**_IF_MATCH, "required": route.needs_version}),
        (route.waits, _PREFER),
        (route.previews, _DRY_RUN),
        (route.previews, _PLAN_TOKEN),
    )
    return [parameter for taken, parameter in wanted if taken]


def _complete_parameter(parameter: dict[str, Any], route: Route) -> None:
    if parameter["in"] == "path":
        parameter["required"] = True
        if f"<id:{parameter['name']}>" in route.rule:
            parameter["schema"] = {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1}


def _add_answer(operation: dict[str, Any], status: int, answer: type[BaseModel], spec: dict[str, Any]) -> None:
    name = answer.__name__
    assert name in spec["components"]["schemas"], f"{name} is answered by no other route"
    operation["responses"][str(status)] = {
        "description": _ANSWERS[status],
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}},
    }


def _problems(route: Route) -> list[int]:
    if route.rule in SIGNED_RULES:
        return [401, *([404] if "<" in route.rule else []), 413, 503]
    found = [503]
    if route.roles:
        found += [401, 403, 429]
    if "<" in route.rule or route.body is not None or route.query is not None:  # each may name what there is not
        found.append(404)
    if route.query is not None:
        found.append(422)
    if route.method != "GET":
        found.append(400)
    if route.method != "GET" or route.refuses:
        found.append(409)
    if route.body is not None:
        found += [413, 415, 422]
    found += [412] * route.of_a_version + [428] * route.needs_version
    return sorted(set(found))


def _template(rule: str) -> str:
    """Write a rule of ours as OpenAPI writes paths."""
    parts = [f"{{{part[1:-1].split(':')[1]}}}" if part.startswith("<") else part for part in rule.split("/")]
    return "/".join(parts)
