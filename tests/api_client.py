"""A client of the API that holds every answer against what its route declares."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.wiring import Services
from web.app import answering, routed
from web.route import ROUTES
from web.schemas.operations import ProblemOut
from web.schemas.previews import PreviewOut

GBP = "GBP"
ADDRESS = {"name": "Bo Lind", "line1": "2 Quay", "city": "Leith", "postal_code": "EH6 6AB", "country": "GB"}
_SHOPS = itertools.count(1)
_KEYS = (f"key-{n}" for n in itertools.count())


@cache
def _routed() -> APIFlask:
    return routed()


def app_of(services: Services) -> APIFlask:
    """The application on these parts. To learn its routes takes longer than most tests, and is done once."""
    return answering(copy(_routed()), services)


def pence(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": GBP}


def a_checkout(*lines: tuple[str, int] | Mapping[str, Any], **more: Any) -> dict[str, Any]:
    listed = [dict(line) if isinstance(line, Mapping) else {"sku": line[0], "quantity": line[1]} for line in lines]
    return {
        "market": "DE",
        "customer": {"name": "Bo Lind", "email": "bo@example.org"},
        "ship_to": ADDRESS,
        "lines": listed or [{"sku": "MUG", "quantity": 1}],
        "payments": [{"method": "card", "token": "tok_ok"}],
        **more,
    }


@dataclass
class Caller:
    """Somebody with an API key, or (token None) without."""

    app: APIFlask
    token: str | None
    http: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.app.test_client()

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.send("GET", path, **({"query_string": query} if query else {}))

    def post(
        self, path: str, body: Any = None, *, key: str | None = None, wait: int | None = None, **more: Any
    ) -> TestResponse:
        """POST with a fresh idempotency key, or with the one given; "" sends none."""
        headers = {**({"Prefer": f"wait={wait}"} if wait else {}), **more.pop("headers", {})}
        if key != "":
            headers["Idempotency-Key"] = key or next(_KEYS)
        if body is not None:
            more["json"] = body
        return self.send("POST", path, headers=headers, **more)

    def change(
        self, method: str, path: str, body: Any = None, *, version: int | str | None = "*", **more: Any
    ) -> TestResponse:
        """PATCH, PUT or DELETE by a version of the order: its number, what to send as If-Match, or None for nothing."""
        headers = {**more.pop("headers", {})}
        if version is not None:
            headers["If-Match"] = f'"{version}"' if isinstance(version, int) else version
        if body is not None:
            more["json"] = body
        return self.send(method, path, headers=headers, **more)

    def send(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        sent = {**(headers or {})}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        response = self.http.open(path, method=method, headers=sent, **more)
        self._hold_against_its_route(method, path, response)
        return response

    def _hold_against_its_route(self, method: str, path: str, response: TestResponse) -> None:
        assert response.headers["X-Request-ID"]
        if response.status_code >= 400:
            assert response.mimetype == "application/problem+json", response.text
            problem = ProblemOut.model_validate(response.json)
            assert problem.status == response.status_code
            assert problem.type.startswith("/problems/")
            return
        endpoint, _ = self.app.url_map.bind("localhost").match(path.split("?", maxsplit=1)[0], method)
        route = ROUTES.get(str(endpoint))
        if route is not None:
            answers = {route.status: route.answer, **route.also}
            if route.previews and "dry_run=true" in path:
                answers = {200: PreviewOut}
            if (answer := answers[response.status_code]) is None:
                assert response.mimetype == "application/pdf"
            else:
                answer.model_validate(response.json)


@dataclass
class Api:
    """The API on a shop's database, and its callers by role."""

    services: Services
    app: APIFlask

    def caller(self, role: Role, **bounds: Any) -> Caller:
        name = bounds.pop("name", f"{role} somebody")
        if role == Role.STOREFRONT:
            bounds.setdefault("storefront", f"shop {next(_SHOPS)}")  # a shop of its own, where none is named
        with self.services.transaction() as session:
            return Caller(self.app, create_key(session, role=role, name=name, at=self.services.clock(), **bounds))

    @property
    def nobody(self) -> Caller:
        return Caller(self.app, None)


def api_of(services: Services) -> Api:
    return Api(services, app_of(services))


def contents(services: Services) -> dict[str, int]:
    """How many rows each table has, and how often each was written: nothing that changes goes unseen."""
    with services.transaction() as session:
        tables = session.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        ).scalars()
        return {
            table: session.execute(
                text(
                    f"SELECT count(*) || ':' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t"
                )
            ).scalar_one()
            for table in tables
        }
