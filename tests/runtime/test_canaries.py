"""What a person writes goes where it belongs, and nowhere else: not into logs, not through the broker, not into errors."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from aiosmtpd.controller import Controller
from needs import needs_redis
from sqlalchemy import text

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.db.session import make_engine, make_sessions, transaction
from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings
from fulfillment.wiring import now
from tests.runtime.conditions import eventually

pytestmark = [pytest.mark.process, pytest.mark.slow]

CARD = "4242424242424242"
ADDRESS = {"name": "Zerafina Quillhaven", "line1": "77 Canarystreet", "city": "Leith", "country": "GB"}
EMAILS = ("Zera.Quill@canary.example", "refused.quill@canary.example")
CANARIES = ("zerafina", "quill", "canary", CARD, "tok_okzera", "session-hush", "Bearer")


class _Postbox:
    """Takes mail, and tells whom it refuses by name, in small letters."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("refused"):
            return f"550 5.1.1 {address.lower()}: no {address.partition('@')[0]} here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.taken.append(envelope.content.decode())
        return "250 OK"


class _Server(Controller):
    """On a port that nobody can take between looking for it and using it."""

    def __init__(self, postbox: _Postbox) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        super().__init__(postbox, hostname="127.0.0.1", port=self.listening.getsockname()[1])

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.listening)


@contextmanager
def _overheard(url: str) -> Iterator[list[str]]:
    """Everything that is said to a Redis."""
    heard: list[str] = []
    with redis.Redis.from_url(url) as client, client.monitor() as monitor:
        stop = threading.Event()

        def listen() -> None:
            for said in monitor.listen():
                heard.append(str(said["command"]))
                if stop.is_set():
                    return

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        try:
            yield heard
        finally:
            stop.set()
            client.ping()
            listener.join(timeout=10)


def _asked(system: System, tokens: dict[Role, str]) -> None:
    """An order goes its way, another is refused, is declined, or fails; and all kinds of nonsense with names in it."""
    number = iter(range(1000))

    def post(role: Role, path: str, body: Any, *expected: int, **more: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {tokens[role]}",
            "Idempotency-Key": f"canary {next(number)}",
            "Content-Type": "application/json",
        }
        answer = httpx.post(f"{system.web_url}{path}", headers=headers, timeout=30, **{"json": body, **more})
        assert answer.status_code in expected, answer.text
        return answer.json()

    post(Role.ADMIN, "/v1/markets", {"code": "DE", "name": "Laden", "currency": "GBP"}, 201)
    post(Role.ADMIN, "/v1/warehouses", {"code": "A", "name": "Leith", "priority": 1}, 201)
    post(Role.ADMIN, "/v1/products", {"sku": "MUG", "name": "Mug", "price": {"amount": 100, "currency": "GBP"}}, 201)
    post(Role.ADMIN, "/v1/inventory/receipts", {"warehouse": "A", "lines": [{"sku": "MUG", "quantity": 9}]}, 201)
    line = {"sku": "MUG", "quantity": 1, "gift": True, "gift_message": "Happy birthday, Canary"}
    order = {
        "market": "DE",
        "customer": {"name": ADDRESS["name"], "email": EMAILS[0]},
        "ship_to": ADDRESS,
        "bill_to": ADDRESS,
        "lines": [line],
        "payments": [{"method": "card", "token": "tok_okzera"}],
    }
    placed = post(Role.STOREFRONT, "/v1/checkouts", order, 202)
    post(Role.STOREFRONT, "/v1/checkouts", {**order, "payments": [{"method": "card", "token": "tok_declined"}]}, 202)
    refused = {**order, "customer": {"name": ADDRESS["name"], "email": EMAILS[1]}}
    post(Role.STOREFRONT, "/v1/checkouts", refused, 202)
    path = f"/v1/orders/{placed['number']}"
    post(Role.CSR, f"{path}/notes", {"description": "the canary calls at night"}, 201)
    post(Role.CSR, f"{path}/holds", {"reason": "verify", "note": "a canary sang"}, 200, 201)
    for body, status in (
        ({**order, "reference": CARD}, 422),
        ({**order, "canary": "Zerafina"}, 422),
        ({**order, "market": "Canary"}, 422),
        ({**order, "lines": [{**line, "sku": "Canary"}]}, 422),
    ):
        post(Role.STOREFRONT, "/v1/checkouts", body, status)
    torn = {"content": b'{"name": "Zerafina Quillhaven"', "json": None}
    post(Role.STOREFRONT, "/v1/checkouts", None, 400, **torn)
    asked = {"Authorization": "Bearer fk_canary_quillhaven", "X-Request-ID": CARD}
    assert httpx.get(f"{system.web_url}/v1/orders/Canary", headers=asked).status_code == 401
    known = {"Authorization": f"Bearer {tokens[Role.CSR]}"}
    for query in ({"email": EMAILS[0]}, {"customer_name": "Quillhaven"}, {"canary": "1"}):
        assert httpx.get(f"{system.web_url}/v1/orders", params=query, headers=known).status_code in (200, 422)
    assert httpx.get(f"{system.web_url}/v1/orders/Canary", headers=known).status_code == 404


def test_nothing_of_a_person_is_in_logs_or_in_the_broker_or_in_errors(data_folder: Path) -> None:
    needs_redis()
    postbox = _Postbox()
    server = _Server(postbox)
    server.start()
    settings = Settings.for_trial(
        fulfillment_home=data_folder,
        mail_url=f"smtp://127.0.0.1:{server.port}",
        session_secret="session-hush-session-hush-session-hush",
        log_level="DEBUG",
    )
    try:
        with up(settings, Shape(durable=False)) as system, _overheard(system.broker_url) as heard:
            engine = make_engine(system.database_url)
            with transaction(make_sessions(engine)) as session:
                tokens = {role: create_key(session, role=role, name=str(role), at=now()) for role in Role}
            _asked(system, tokens)

            def rows(query: str) -> list[Any]:
                with engine.connect() as connection:
                    return list(connection.execute(text(query)).scalars())

            eventually(lambda: len(postbox.taken) >= 2, seconds=60)
            eventually(lambda: rows("SELECT last_error FROM dispatch WHERE last_error IS NOT NULL"), seconds=60)
            errors = rows("SELECT last_error FROM dispatch WHERE last_error IS NOT NULL")
            engine.dispose()
            logs = {file.name: file.read_text(errors="replace") for file in sorted(settings.logs.iterdir())}
    finally:
        server.stop()

    assert any("Zerafina" in mail for mail in postbox.taken)  # where it belongs
    assert any("fulfillment" in said or "celery" in said for said in heard)
    assert {"web.log", "worker-1.log"} <= logs.keys()
    told = {**logs, "the broker": "\n".join(heard), "errors": "\n".join(errors)}
    secrets = [token.split("_", 2)[2] for token in tokens.values()]  # what is secret may hold a _ of its own
    assert {len(secret) for secret in secrets} == {43}
    assert [
        f"{place}: {word}"
        for place, said in told.items()
        for word in (*CANARIES, *secrets)
        if word.lower() in said.lower()
    ] == []
