"""Signing in: by name and password, for a shift, and nothing is open to strangers."""

import re

import pytest
from browsing import Visitor
from builders import Shop, rows
from click.testing import CliRunner

from fulfillment.access import accounts
from fulfillment.access.models import Role
from fulfillment.cli import main
from fulfillment.kernel.errors import Conflict, Invalid


def test_whoever_knows_name_and_password_is_let_in_and_sees_their_work(visitor: Visitor) -> None:
    let_in = visitor.signs_in("csr")

    assert (let_in.status_code, let_in.headers["Location"]) == (303, "/desk/")
    assert visitor.get("/").headers["Location"] == "/desk/orders"
    assert visitor.get("/orders").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("csr", "wrong"), ("nobody", "correct horse battery"), ("", "")])
def test_a_wrong_name_or_password_is_told_in_the_same_words(visitor: Visitor, name: str, password: str) -> None:
    refused = visitor.signs_in(name, password or " ")

    assert refused.status_code == 401
    assert "Name and password do not belong together." in refused.text
    assert visitor.get("/orders").status_code == 303


def test_a_stranger_is_sent_to_the_door_and_then_where_they_wanted_to_go(visitor: Visitor) -> None:
    sent = visitor.get("/orders?status=on_hold")
    assert sent.headers["Location"] == "/desk/sign-in?next=/desk/orders?status%3Don_hold"

    door = sent.headers["Location"].removeprefix("/desk")
    assert visitor.get(door).status_code == 200
    form = {"name": "csr", "password": visitor.password}
    assert visitor.post(door, form).headers["Location"] == "/desk/orders?status=on_hold"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:x"])
def test_nobody_is_sent_elsewhere_after_signing_in(visitor: Visitor, elsewhere: str) -> None:
    form = {"name": "csr", "password": visitor.password}
    assert visitor.post(f"/sign-in?next={elsewhere}", form).headers["Location"] == "/desk/"


def test_after_ten_wrong_tries_within_a_minute_nobody_is_listened_to(visitor: Visitor) -> None:
    for _ in range(10):
        assert visitor.signs_in("csr", "wrong guess").status_code == 401

    refused = visitor.signs_in("csr")

    assert refused.status_code == 429
    assert "Wait a minute" in refused.text


def test_a_form_without_its_token_does_nothing(visitor: Visitor, shop: Shop) -> None:
    visitor.signs_in("admin")

    forged = visitor.http.post(
        "/act",
        base_url="http://localhost/desk",
        data={"method": "POST", "path": "/v1/warehouses", "body": '{"code": "X"}'},
    )

    assert forged.status_code == 400
    assert "Load the page again" in forged.text
    assert rows(shop.services, "SELECT code FROM warehouse ORDER BY code") == [("A",), ("B",)]


def test_signing_out_and_another_password_end_a_session(visitor: Visitor, shop: Shop) -> None:
    visitor.signs_in("csr")
    with shop.services.transaction() as session:
        accounts.change_password(session, "csr", "another long password")
    assert visitor.get("/orders").headers["Location"].startswith("/desk/sign-in")

    assert visitor.signs_in("csr").status_code == 401
    assert visitor.signs_in("csr", "another long password").status_code == 303
    visitor.post("/sign-out", page="/orders")
    assert visitor.get("/orders").status_code == 303


def test_a_closed_account_is_out_at_once_and_stays_out(visitor: Visitor, shop: Shop) -> None:
    visitor.signs_in("csr")
    with shop.services.transaction() as session:
        accounts.close_account(session, "csr", at=shop.services.clock())

    assert visitor.get("/orders").status_code == 303
    assert visitor.signs_in("csr").status_code == 401


@pytest.mark.parametrize(
    ("role", "open_to_them", "closed"),
    [
        (
            "csr",
            ["/orders", "/customers", "/subscriptions"],
            ["/floor/", "/floor/transfers/", "/engine-room", "/webhooks/", "/customers/1/erasure"],
        ),
        (
            "warehouse",
            ["/floor/", "/floor/transfers/"],
            ["/orders", "/customers", "/customers/1/export", "/subscriptions", "/engine-room", "/webhooks/"],
        ),
        ("admin", ["/orders", "/subscriptions", "/floor/transfers/", "/engine-room", "/webhooks/"], []),
    ],
)
def test_everybody_sees_the_pages_of_their_work_and_no_others(
    visitor: Visitor, role: str, open_to_them: list[str], closed: list[str]
) -> None:
    visitor.signs_in(role)

    assert {path: visitor.get(path).status_code for path in open_to_them} == dict.fromkeys(open_to_them, 200)
    assert {path: visitor.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)


def test_pages_may_load_nothing_from_elsewhere_and_their_cookie_is_read_by_no_script(visitor: Visitor) -> None:
    shown = visitor.get("/sign-in")

    assert "default-src 'none'; script-src 'self'; style-src 'self';" in shown.headers["Content-Security-Policy"]
    assert (shown.headers["X-Frame-Options"], shown.headers["Cache-Control"]) == ("DENY", "no-store")
    [cookie] = shown.headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    loaded = re.findall(r'(?:src|href|action)="([^"]*)"', shown.text)
    assert [each for each in loaded if not each.startswith(("/desk/", "data:image/svg+xml,", "#"))] == []
    assert len(loaded) == 6


def test_a_password_is_kept_as_a_hash_and_a_person_has_no_key_to_send(visitor: Visitor, shop: Shop) -> None:
    kept = str(rows(shop.services, "SELECT * FROM account")) + str(rows(shop.services, "SELECT * FROM api_key"))

    assert visitor.password not in kept
    assert kept.count("$argon2id$") == 3


def test_an_account_needs_a_name_of_its_own_and_a_password_that_is_long_enough(shop: Shop) -> None:
    given = {"role": Role.CSR, "at": shop.services.clock()}
    with shop.services.transaction() as session:
        accounts.create_account(session, name=" Ana ", password="long enough", **given)
        with pytest.raises(Conflict, match="there is an account named ana"):
            accounts.create_account(session, name="ana", password="long enough", **given)
        with pytest.raises(Invalid, match="10 to 200 characters"):
            accounts.create_account(session, name="bo", password="too short", **given)
        with pytest.raises(Invalid, match="a name is up to 64"):
            accounts.create_account(session, name="bo lind", password="long enough", **given)
        with pytest.raises(Invalid, match="does not sign in"):
            accounts.create_account(
                session, name="shop", password="long enough", role=Role.STOREFRONT, at=shop.services.clock()
            )
    assert rows(shop.services, "SELECT name FROM account") == [("ana",)]


def test_accounts_are_opened_listed_and_closed_by_command(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", shop.services.settings.database_url or "")
    run = CliRunner()

    made = run.invoke(main, ["user", "create", "ana", "--role", "warehouse", "--warehouse", "A"])
    assert made.exit_code == 0, made.output
    password = made.output.strip()
    with shop.services.transaction() as session:
        person = accounts.sign_in(session, "ana", password, at=shop.services.clock())
    assert person is not None
    assert (person.key.actor, person.key.role, person.key.warehouses) == ("user:ana", "warehouse", frozenset({"A"}))

    said = run.invoke(main, ["user", "password", "ana", "--password-file", "-"], input="some other words\n")
    assert said.output == "ana has another password.\n"
    assert "ana                       warehouse   open" in run.invoke(main, ["user", "list"]).output
    assert run.invoke(main, ["user", "close", "ana"]).output == "ana is closed.\n"
    assert "closed" in run.invoke(main, ["user", "list"]).output
    assert "no account bo" in run.invoke(main, ["user", "close", "bo"]).output
