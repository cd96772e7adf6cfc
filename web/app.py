"""The HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apiflask import APIFlask
from werkzeug.routing import BaseConverter, ValidationError

from fulfillment.alarms.look import limits_of
from fulfillment.settings import Settings
from fulfillment.wiring import Services
from web import documentation, errors, preview
from web.access import KeyRing
from web.api import NOUNS
from web.headers import with_headers
from web.route import LARGE_BODY, ROUTES

if TYPE_CHECKING:
    from web.rate_limits import RateLimits


class _Id(BaseConverter):
    """An id in a path: what does not fit in 64 bits is not found, instead of breaking the database's statement."""

    regex = r"[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        if (number := int(value)) >= 2**63:
            raise ValidationError
        return number


class _Name(BaseConverter):
    """A number or SKU in a path: printable characters, of a length somebody may have meant."""

    regex = r"[^/\x00-\x1f\x7f]{1,100}"


class _Code(BaseConverter):
    """The key of a form or a destination in a path: what `Code` takes in a body."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}"


def create_app(services: Services) -> APIFlask:
    """
    Make the application.

    Raises RuntimeError for a route that does not say who may call it, ValueError for a limit of alarms that nobody knows.
    """
    return answering(routed(), services)


def answering(app: APIFlask, services: Services) -> APIFlask:
    """Let an application that knows its routes answer by these parts. Raises ValueError for a limit of alarms that nobody knows."""
    limits_of(services.settings.alarm_limits)
    app.extensions = {
        **app.extensions,
        "fulfillment": services,
        "fulfillment.keys": KeyRing(services),
        "fulfillment.rates": _rates(services.settings),
    }
    app.wsgi_app = with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment] # Flask's documented place for it
    return app


def _rates(settings: Settings) -> RateLimits | None:
    if settings.rate_limit_per_key is None and settings.rate_limit_per_address is None:
        return None
    from web.rate_limits import make_rate_limits  # what counts is memory of every process that loads it

    return make_rate_limits(settings)


def describe() -> dict[str, Any]:
    """Give the OpenAPI document; nothing needs to run for it."""
    return documentation.document(routed())


def routed() -> APIFlask:
    """Make an application that knows its routes, and nothing to answer by. Raises RuntimeError for one that does not say who may call it."""
    app = APIFlask(
        "web",
        title="Fulfillment",
        version="1",
        spec_path=None,
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type] # nothing is served from files
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGE_BODY
    app.url_map.converters |= {"id": _Id, "name": _Name, "code": _Code}
    errors.register(app)
    preview.register(app)
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
    documentation.register(app)
    _refuse_undeclared(app)
    return app


def _refuse_undeclared(app: APIFlask) -> None:
    undeclared = {rule.endpoint for rule in app.url_map.iter_rules()} - ROUTES.keys() - documentation.PUBLIC_ENDPOINTS
    if undeclared:
        raise RuntimeError(f"routes that do not say who may call them: {', '.join(sorted(undeclared))}")
