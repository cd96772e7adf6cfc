"""Settings come from the environment, and what cannot be meant is refused at start."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from fulfillment.settings import Settings, default_home


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_anything_set_everything_is_embedded() -> None:
    settings = Settings()
    assert (settings.database_url, settings.broker, settings.gateway_url, settings.mail_url) == (None, None, None, None)
    assert (settings.lease_seconds, settings.worker_concurrency, settings.log_level) == (150, 2, "INFO")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    assert Settings() == Settings.model_construct(**{name: getattr(Settings(), name) for name in Settings.model_fields})
    assert Settings().database_url is None
    assert Settings().lease_seconds == 150


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_spelling_of_a_postgresql_address_means_psycopg_3(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://shop:secret@db/orders")
    assert Settings().database_url == "postgresql+psycopg://shop:secret@db/orders"


def test_a_broker_url_wins_over_a_redis_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://r/0")
    assert Settings().broker == "redis://r/0"
    monkeypatch.setenv("BROKER_URL", "amqp://q")
    assert Settings().broker == "amqp://q"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "sqlite:///orders.db"),
        ("DATABASE_URL", "localhost"),
        ("REDIS_URL", "amqp://q"),
        ("BROKER_URL", "sqs://"),
        ("GATEWAY_URL", "ftp://gateway"),
        ("MAIL_URL", "mail.example.com"),
        ("LEASE_SECONDS", "0"),
        ("LEASE_SECONDS", "soon"),
        ("WORKER_CONCURRENCY", "-1"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert [error["loc"] for error in refusal.value.errors()] == [(name.lower(),)]


def test_a_refused_address_does_not_show_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://shop:secret@db/orders")
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert "secret" not in str(refusal.value)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(databse_url="postgresql://db/orders")  # type: ignore[call-arg]


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().lease_seconds = 1  # type: ignore[misc]


def test_the_data_folder_is_never_taken_from_home_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings().home != tmp_path
    monkeypatch.setenv("FULFILLMENT_HOME", str(tmp_path / "data"))
    assert Settings().home == tmp_path / "data"


def test_a_relative_data_folder_means_the_same_in_every_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FULFILLMENT_HOME", "data")
    assert Settings().home == tmp_path / "data"


def test_root_keeps_its_data_outside_of_any_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home({"HOME": "/root", "XDG_DATA_HOME": "/root/data"}) == Path("/var/lib/fulfillment")


def test_a_user_keeps_data_where_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65_534)
    assert default_home({"HOME": "/h", "XDG_DATA_HOME": "/data"}) == Path("/data/fulfillment")
    assert default_home({"HOME": "/h"}) == Path("/h/.local/share/fulfillment")


def test_without_home_the_account_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65_534)
    assert default_home({"HOME": ""}).parts[-3:] == (".local", "share", "fulfillment")
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    with pytest.raises(ValueError, match="set FULFILLMENT_HOME"):
        default_home({})


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").endswith(".")] == []
