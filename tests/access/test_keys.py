"""API keys: made once, verified by hash, revoked at any time."""

from datetime import timedelta

import pytest
from api_client import Caller, app_of
from builders import Shop, one, rows
from click.testing import CliRunner

from fulfillment.access.keys import Key, create_key, revoke_key, verify_key
from fulfillment.access.models import Role
from fulfillment.cli import main
from fulfillment.kernel.errors import Invalid, NotFound
from fulfillment.wiring import Services
from web.access import KeyRing


def _create(services: Services, **more: object) -> str:
    with services.transaction() as session:
        given = {"role": Role.CSR, "name": "ana", "at": services.clock()} | more
        return create_key(session, **given)


def _verify(services: Services, token: str) -> Key | None:
    with services.transaction() as session:
        return verify_key(session, token, at=services.clock())


def test_a_key_is_known_again_and_its_secret_is_not_kept(services: Services) -> None:
    token = _create(services, role=Role.WAREHOUSE, warehouses=["B", "A", "A"], refund_limit=5)

    key = _verify(services, token)

    assert key is not None
    assert (key.name, key.role, key.warehouses, key.refund_limit) == (
        "ana",
        Role.WAREHOUSE,
        frozenset({"A", "B"}),
        5,
    )
    secret = token.split("_", 2)[2]
    assert secret not in str(rows(services, "SELECT * FROM api_key"))
    assert len(one(services, "SELECT secret_hash FROM api_key")) == 64


def test_nothing_but_the_whole_key_is_known(services: Services) -> None:
    token = _create(services)
    prefix = token.split("_")[1]

    for wrong in (
        token[:-1],
        token + "x",
        token.upper(),
        f"fk_{prefix}_",
        f"fk_{prefix}",
        f"xx{token[2:]}",
        "",
        "fk__",
    ):
        assert _verify(services, wrong) is None


def test_an_expired_and_a_revoked_key_are_useless(services: Services) -> None:
    brief = _create(services, expires_at=services.clock() + timedelta(hours=1))
    revoked = _create(services)
    with services.transaction() as session:
        revoke_key(session, revoked.split("_")[1], at=services.clock())
        with pytest.raises(NotFound):
            revoke_key(session, "0" * 12, at=services.clock())

    assert _verify(services, brief) is not None
    services.clock.forward(hours=1)  # type: ignore[attr-defined]
    assert _verify(services, brief) is None
    assert _verify(services, revoked) is None


@pytest.mark.parametrize("wrong", [{"name": " "}, {"warehouses": ["A"]}])
def test_a_key_that_makes_no_sense_is_not_made(services: Services, wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        _create(services, **wrong)
    assert rows(services, "SELECT id FROM api_key") == []


def test_a_process_forgets_a_key_within_seconds(services: Services) -> None:
    token, now = _create(services), [0.0]
    ring = KeyRing(services, seconds=5, clock=lambda: now[0])
    assert ring.find(token) is not None
    with services.transaction() as session:
        revoke_key(session, token.split("_")[1], at=services.clock())

    now[0] = 4.9
    assert ring.find(token) is not None
    now[0] = 5.0
    assert ring.find(token) is None


def test_a_wrong_key_is_never_remembered(services: Services) -> None:
    ring = KeyRing(services, most=2)
    tokens = [_create(services) for _ in range(3)]

    assert [ring.find(token) is not None for token in (*tokens, tokens[0], "fk_x_y")] == [True] * 4 + [False]
    assert len(ring._known) <= 2


def test_the_command_makes_a_key_that_opens_the_api(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop.services.settings.database_url is not None
    monkeypatch.setenv("DATABASE_URL", shop.services.settings.database_url)
    run = CliRunner().invoke

    made = run(main, ["api-key", "create", "--role", "csr", "--name", "ana", "--refund-limit", "500", "--days", "1"])
    token = made.stdout.strip()
    listed = run(main, ["api-key", "list"])
    refused = run(main, ["api-key", "create", "--role", "csr", "--name", "ana", "--warehouse", "A"])
    strange = run(main, ["api-key", "create", "--role", "king", "--name", "ana"])

    assert made.exit_code == 0
    assert Caller(app_of(shop.services), token).get("/v1/orders").status_code == 200
    assert listed.stdout.split() == [token.split("_")[1], "csr", "valid", "ana"]
    assert (refused.exit_code, strange.exit_code) == (1, 2)
    assert "not bound to warehouses" in refused.stderr
    revoked = run(main, ["api-key", "revoke", token.split("_")[1]])
    assert revoked.exit_code == 0
    assert Caller(app_of(shop.services), token).get("/v1/orders").status_code == 401
