"""What a request holds: its JSON document, and its query. What neither should hold is refused with the reason."""

from __future__ import annotations

from typing import Any, Final, get_origin

from flask import request
from pydantic import BaseModel

from web import json
from web.body import read_body
from web.errors import RequestError

_REMEDY: Final = "send one JSON object, as /docs describes it"


def read_query(model: type[BaseModel]) -> dict[str, Any]:
    """Give the query as `model` takes it. Raises 422 for a parameter that is given twice and is no list."""
    found: dict[str, Any] = {}
    for name, values in request.args.lists():
        member = model.model_fields.get(name)
        if member is not None and get_origin(member.annotation) is list:
            found[name] = values
        elif len(values) > 1:
            raise RequestError(422, "parameter_repeated", f"{name[:100]!r} may be given once", remedy="give it once")
        else:
            found[name] = values[0]
    return found


def read_document(most_bytes: int, *, may_be_empty: bool) -> Any:
    """Read the body as JSON. Raises 413, 415, 400 or 503, each with its reason."""
    raw = read_body(most_bytes)
    if not raw and may_be_empty:
        return {}
    if request.mimetype != "application/json":
        raise RequestError(415, "not_json", "the body must be JSON", remedy="send Content-Type: application/json")
    if not raw.strip():
        raise RequestError(400, "empty_body", "the body is empty", remedy="send a JSON object")
    try:
        return json.loads(raw)
    except json.BadJsonError as error:
        raise RequestError(400, error.code, error.detail, remedy=_REMEDY) from None
