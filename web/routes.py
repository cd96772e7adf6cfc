"""
How a route is declared, and everything that happens around its handler.

A route says who may call it, what it takes and what it answers; the rest is the same for all: the key, the role, the
body, the idempotency key, one transaction, the wait for what follows. A handler parses nothing and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Literal

from apiflask import APIBlueprint
from apiflask.schemas import FileSchema
from flask import Response
from pydantic import BaseModel

from fulfillment.access.models import Role
from web.access import PUBLIC
from web.body import read_body
from web.call import Call, Paper, Reply
from web.handling import Follow, call_of, followed, guarded, services, written
from web.idempotency import claim_of, in_transaction, key_of_request, once
from web.preview import has_preview, is_dry_run
from web.route import OPEN_RULES, ROUTES, SIGNED_RULES, SMALL_BODY, Route
from web.sent import read_document, read_query


class Noun:
    """The routes of one noun."""

    def __init__(self, name: str, about: str) -> None:
        """`about` heads these routes in the documentation."""
        self.blueprint = APIBlueprint(name, __name__, tag={"name": name.replace("_", " "), "description": about})

    def reads(
        self,
        rule: str,
        *,
        roles: Collection[Role],
        answer: type[BaseModel],
        query: type[BaseModel] | None = None,
        refuses: bool = False,
    ) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
        """
        Declare a GET; the handler is called with a session in which each statement stands for itself, and the call.

        `refuses` tells that the present state may forbid it (409).
        """
        route = Route(method="GET", rule=rule, roles=frozenset(roles), answer=answer, query=query, refuses=refuses)

        def declare(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            def view(**path: Any) -> Response:
                call = call_of(route)
                if query is not None:
                    path["query"] = query.model_validate(read_query(query))
                with call.services.autocommit() as session:
                    return written(handler(session, call, **path))

            self._add(route, handler, view)
            return handler

        return declare

    def prints(self, rule: str, *, roles: Collection[Role]) -> Callable[[Callable[..., Paper]], Callable[..., Paper]]:
        """Declare a GET that gives a paper as PDF; the handler is called as that of a read."""
        route = Route(method="GET", rule=rule, roles=frozenset(roles), answer=None)

        def declare(handler: Callable[..., Paper]) -> Callable[..., Paper]:
            def view(**path: Any) -> Response:
                call = call_of(route)
                with call.services.autocommit() as session:
                    paper = handler(session, call, **path)
                shown = {"Content-Disposition": f'inline; filename="{paper.name}"'}
                return Response(paper.content, 200, shown, mimetype="application/pdf")

            self._add(route, handler, view)
            return handler

        return declare

    def open(
        self, rule: str, *, roles: frozenset[Role], answer: type[BaseModel]
    ) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
        """Declare a GET that needs no key. `roles` must be PUBLIC: that a route is open is said, never forgotten."""
        if roles != PUBLIC:
            raise ValueError(f"{rule}: an open route is PUBLIC")
        route = Route(method="GET", rule=rule, roles=roles, answer=answer)

        def declare(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            self._add(route, handler, lambda **path: written(handler(**path)))
            return handler

        return declare

    def receives(
        self, rule: str, *, roles: frozenset[Role], answer: type[BaseModel], most_bytes: int
    ) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
        """
        Declare a POST of another system: its signature stands for a key, and what it says may be told again and again.

        The handler is called with the parts of this process, the body as it came (whoever signed it signed these bytes) and
        what the path names. `roles` must be PUBLIC.
        """
        if roles != PUBLIC:
            raise ValueError(f"{rule}: what is signed is PUBLIC")
        route = Route(method="POST", rule=rule, roles=roles, answer=answer, most_bytes=most_bytes)

        def declare(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            self._add(route, handler, lambda **path: written(handler(services(), read_body(most_bytes), **path)))
            return handler

        return declare

    def commands(
        self,
        rule: str,
        *,
        roles: Collection[Role],
        body: type[BaseModel],
        answer: type[BaseModel],
        status: int = 200,
        most_bytes: int = SMALL_BODY,
        also: Mapping[int, type[BaseModel]] | None = None,
        follow: Follow | None = None,
        claims_itself: bool = False,
        beforehand: Callable[..., Any] | None = None,
    ) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
        """
        Declare a POST; the handler is called in the transaction that holds the idempotency key.

        `answer` comes with `status`; `also` are further answers by status. `follow` looks at what a 202 led to, for clients
        that wait. One that `claims_itself` gets no session and writes the key in its own transaction. `beforehand` is called
        without one, where the network must be asked; what it gives comes to the handler as `told`. An empty body stands for
        {} where the model asks for nothing.
        """
        route = Route(
            method="POST",
            rule=rule,
            roles=frozenset(roles),
            answer=answer,
            status=status,
            body=body,
            most_bytes=most_bytes,
            also=also or {},
            waits=follow is not None,
        )
        may_be_empty = not any(member.is_required() for member in body.model_fields.values())

        def declare(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            def view(**path: Any) -> Response:
                call = call_of(route)
                chosen = key_of_request()
                document = read_document(most_bytes, may_be_empty=may_be_empty)
                sent = body.model_validate(document)
                # A dry run is no first command of its key: it must not be answered as a repeat.
                name = f"{route.name} (dry run)" if is_dry_run() else route.name
                claim = claim_of(call.key, name, chosen, document)
                call = Call(call.services, call.key, call.request_id, call.at, claim)
                if claims_itself:
                    reply = handler(call, sent, **path)
                else:
                    more = path if beforehand is None else {**path, "told": beforehand(call, **path)}
                    act = guarded(route, call, path, lambda session: handler(session, call, sent, **more))
                    reply = once(call.services, claim, act)
                return written(followed(call, reply, follow))

            self._add(route, handler, view)
            return handler

        return declare

    def changes(
        self,
        method: Literal["PATCH", "PUT", "DELETE"],
        rule: str,
        *,
        roles: Collection[Role],
        answer: type[BaseModel],
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        most_bytes: int = SMALL_BODY,
        beforehand: Callable[..., Any] | None = None,
    ) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
        """
        Declare a PATCH, PUT or DELETE; the handler is called in one transaction, with the body and query it asks for.

        `beforehand` is as that of a command.
        One of an order or a cart needs If-Match: when the handler is called, that is locked and has the version named there.
        """
        route = Route(
            method=method,
            rule=rule,
            roles=frozenset(roles),
            answer=answer,
            body=body,
            query=query,
            most_bytes=most_bytes,
        )

        def declare(handler: Callable[..., Reply]) -> Callable[..., Reply]:
            def view(**path: Any) -> Response:
                call = call_of(route)
                asked = dict(path)
                if body is not None:
                    asked["body"] = body.model_validate(read_document(most_bytes, may_be_empty=False))
                if query is not None:
                    asked["query"] = query.model_validate(read_query(query))
                if beforehand is not None:
                    asked["told"] = beforehand(call, **path)
                act = guarded(route, call, path, lambda session: handler(session, call, **asked))
                return written(in_transaction(call.services, act))

            self._add(route, handler, view)
            return handler

        return declare

    def _add(self, route: Route, handler: Callable[..., Reply | Paper], view: Callable[..., Response]) -> None:
        if not (route.roles or route.rule in OPEN_RULES + SIGNED_RULES):
            raise ValueError(f"{route.name} does not say who may call it")
        route = replace(route, previews=has_preview(handler))
        endpoint = handler.__name__
        ROUTES[f"{self.blueprint.name}.{endpoint}"] = route
        view.__name__, view.__doc__ = handler.__name__, handler.__doc__
        self.blueprint.add_url_rule(
            route.rule, endpoint, self._documented(route, view), methods=[route.method], strict_slashes=True
        )

    def _documented(self, route: Route, view: Callable[..., Response]) -> Callable[..., Response]:
        """Note down for the OpenAPI document what the route takes and answers; the work is done by the view alone."""
        noted: Any = view
        for note in (
            self.blueprint.output(FileSchema(type="string", format="binary"), content_type="application/pdf")
            if route.answer is None
            else self.blueprint.output(route.answer, route.status),
            None if route.body is None else self.blueprint.input(route.body),
            None if route.query is None else self.blueprint.input(route.query, location="query"),
        ):
            if note is not None:
                noted = note(noted)
        view._spec = noted._spec  # type: ignore[attr-defined] # noqa: SLF001 - APIFlask reads the notes of a view there
        return view
