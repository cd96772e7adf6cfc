"""With ENVIRONMENT=production nothing starts that is not safe, and one list says what is to be put right."""

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from fulfillment.cli import main
from fulfillment.settings import Settings

SAFE = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://shop:kJ8-vkqWz_41x@db.internal/orders?sslmode=verify-full",
    "REDIS_URL": "rediss://:kJ8-vkqWz_41x@broker.internal:6380/0",
    "PAYMENT_GATEWAY": "stripe",
    "STRIPE_SECRET_KEY": "sk_live_hush",
    "CARRIER_URL": "https://carrier.example.net",
    "MAIL_URL": "smtps://shop:kJ8-vkqWz_41x@mail.internal",
    "MAIL_FROM": "Orders <orders@shop.example>",
    "SESSION_SECRET": "q7Zt0-Lr4n_mB2vXs9KdWc5YhJgPe8AuFi3ToRw1",
    "OVER_HTTPS": "true",
}
EMBEDDED = {"CARRIER_URL", "DATABASE_URL", "MAIL_FROM", "MAIL_URL", "OVER_HTTPS", "PAYMENT_GATEWAY"}


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_what_is_safe_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, SAFE)

    assert Settings().unsafe == []
    checked = CliRunner().invoke(main, ["settings", "--check"])
    assert (checked.exit_code, checked.output) == (0, "Nothing keeps these settings from production.\n")


def test_a_trial_needs_nothing_of_it_and_production_nothing_less(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = {each.variable for each in Settings().unsafe}
    monkeypatch.setenv("ENVIRONMENT", "production")

    refused = CliRunner().invoke(main, ["db", "upgrade"])

    assert trial == {*EMBEDDED, "REDIS_URL or BROKER_URL", "SESSION_SECRET"}
    assert refused.exit_code == 1
    assert [name for name in trial if f"{name}: " not in refused.output] == []


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"DATABASE_URL": "postgresql://shop:shop@db.internal/orders?sslmode=require"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://u:fulfillment@localhost/orders"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://shop:kJ8-vkqWz_41x@db.internal/orders"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://shop:kJ8-vkqWz_41x@db.internal/orders?sslmode=prefer"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql:///orders?host=db.internal"}, "DATABASE_URL"),
        ({"REDIS_URL": ""}, "REDIS_URL or BROKER_URL"),
        ({"REDIS_URL": "redis://:kJ8-vkqWz_41x@broker.internal/0"}, "REDIS_URL or BROKER_URL"),
        ({"REDIS_URL": "rediss://broker.internal/0"}, "REDIS_URL or BROKER_URL"),
        ({"BROKER_URL": "amqps://guest:guest@queue.internal"}, "REDIS_URL or BROKER_URL"),
        ({"PAYMENT_GATEWAY": "", "STRIPE_SECRET_KEY": ""}, "PAYMENT_GATEWAY"),
        ({"STRIPE_SECRET_KEY": "sk_test_hush"}, "STRIPE_SECRET_KEY"),
        ({"CARRIER_URL": ""}, "CARRIER_URL"),
        ({"CARRIER_URL": "http://carrier.example.net"}, "CARRIER_URL"),
        ({"MAIL_URL": ""}, "MAIL_URL"),
        ({"MAIL_URL": "smtp://mail.internal"}, "MAIL_URL"),
        ({"MAIL_FROM": "Shop <orders@example.com>"}, "MAIL_FROM"),
        ({"SESSION_SECRET": ""}, "SESSION_SECRET"),
        ({"SESSION_SECRET": "hush-hush"}, "SESSION_SECRET"),
        ({"SESSION_SECRET": "a" * 64}, "SESSION_SECRET"),
        ({"OVER_HTTPS": "false"}, "OVER_HTTPS"),
        ({"LOG_LEVEL": "DEBUG"}, "LOG_LEVEL"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"CHAOS_UNFENCED": "1"}, "CHAOS_UNFENCED"),
        ({"FULFILLMENT_CRASH_AT": "/tmp/points"}, "FULFILLMENT_CRASH_AT"),
    ],
)
def test_each_unsafe_setting_is_refused_alone_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], variable: str
) -> None:
    _set(monkeypatch, {**SAFE, **changes})

    with pytest.raises(ValidationError) as refusal:
        Settings()

    [found] = Settings(environment="trial").unsafe
    assert found.variable == variable
    assert found.reason
    assert found.remedy
    assert str(found) in str(refusal.value)
    assert "hush" not in str(refusal.value)
    assert "kJ8-vkqWz_41x" not in str(refusal.value)


def test_an_own_network_is_taken_at_its_word_but_known_passwords_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {
        "DATABASE_URL": "postgresql://shop:kJ8-vkqWz_41x@postgres/orders",
        "REDIS_URL": "redis://redis:6379/0",
        "CARRIER_URL": "http://carrier:8091",
        "MAIL_URL": "smtp://mail",
        "PRIVATE_NETWORK": "true",
    }
    _set(monkeypatch, {**SAFE, **plain})
    assert Settings().unsafe == []

    monkeypatch.setenv("DATABASE_URL", "postgresql://fulfillment:fulfillment@postgres/fulfillment")
    [weak] = Settings(environment="trial").unsafe
    assert weak.reason == "its password is one that everybody tries first"


def test_what_stays_on_this_machine_needs_no_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {
        "DATABASE_URL": "postgresql://shop:kJ8-vkqWz_41x@127.0.0.1/orders",
        "REDIS_URL": "redis://localhost:6379/0",
        "MAIL_URL": "smtp://[::1]",
        "CARRIER_URL": "none:",
    }
    _set(monkeypatch, {**SAFE, **here})

    assert Settings().unsafe == []
    monkeypatch.setenv("DATABASE_URL", "postgresql:///orders?host=/run/postgresql")
    assert Settings().unsafe == []


def test_the_check_lists_everything_at_once_and_tells_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, {**SAFE, "SESSION_SECRET": "hush-hush", "LOG_LEVEL": "DEBUG", "OVER_HTTPS": ""})

    checked = CliRunner().invoke(main, ["settings", "--check"])

    assert checked.exit_code == 1
    assert [line.split(":")[0] for line in checked.output.splitlines() if not line.startswith(" ")] == [
        "SESSION_SECRET",
        "OVER_HTTPS",
        "LOG_LEVEL",
    ]
    assert "hush" not in checked.output
