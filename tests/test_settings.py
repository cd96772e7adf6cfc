"""Settings come from the environment, and what cannot be meant is refused at start."""

import os
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import ValidationError

from fulfillment.runtime import programs
from fulfillment.settings import Settings
from fulfillment.settings.held_in_files import IN_FILES, file_of
from fulfillment.settings.home import default_home


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*map(str.upper, Settings.model_fields), *map(file_of, IN_FILES)):
        monkeypatch.delenv(variable, raising=False)


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


class TestStripe:
    """Real money moves only where everything says so."""

    SAFE: ClassVar = {
        "PAYMENT_GATEWAY": "stripe",
        "STRIPE_SECRET_KEY": "sk_live_hush",
        "DATABASE_URL": "postgresql://db/orders",
    }

    def test_is_chosen_by_name_with_its_key(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        _set(monkeypatch, {**self.SAFE, "FULFILLMENT_HOME": str(tmp_path)})

        settings = Settings()

        assert settings.stripe_key == "sk_live_hush"
        assert "hush" not in repr(settings)
        assert programs.environment(settings)["STRIPE_SECRET_KEY"] == "sk_live_hush"

    def test_the_key_may_lie_in_a_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        file = tmp_path / "key"
        file.write_text("rk_test_hush\n")
        _set(monkeypatch, {"PAYMENT_GATEWAY": "stripe", "STRIPE_SECRET_KEY_FILE": str(file)})

        assert Settings().stripe_key == "rk_test_hush"

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"STRIPE_SECRET_KEY": ""}, "needs either STRIPE_SECRET_KEY or STRIPE_SECRET_KEY_FILE"),
            (
                {"STRIPE_SECRET_KEY_FILE": "/nowhere/key"},
                "set either STRIPE_SECRET_KEY or STRIPE_SECRET_KEY_FILE, not both",
            ),
            ({"STRIPE_SECRET_KEY": "", "STRIPE_SECRET_KEY_FILE": "/nowhere/key"}, "cannot be read: FileNotFoundError"),
            ({"STRIPE_SECRET_KEY": "pk_live_hush"}, "must be a secret or restricted key"),
            ({"PAYMENT_GATEWAY": ""}, "a key of Stripe's is set, but the gateway is simulated"),
            ({"DATABASE_URL": ""}, "a live key of Stripe's needs a DATABASE_URL"),
            ({"GATEWAY_URL": "http://elsewhere"}, "is not sent to a GATEWAY_URL without https"),
            ({"GATEWAY_URL": "approve:"}, "approves everything and moves nothing"),
            ({"GATEWAY_WEBHOOK_SECRET": "hush"}, "must begin with whsec_"),
            (
                {"GATEWAY_WEBHOOK_SECRET": "whsec_hush", "GATEWAY_WEBHOOK_SECRET_FILE": "/nowhere"},
                "set either GATEWAY_WEBHOOK_SECRET or",
            ),
            ({"PAYMENT_GATEWAY": "paypal"}, "simulated' or 'stripe"),
        ],
    )
    def test_what_contradicts_itself_or_is_not_safe_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str
    ) -> None:
        _set(monkeypatch, {**self.SAFE, **changes})

        with pytest.raises(ValidationError) as refusal:
            Settings()

        assert said in str(refusal.value)
        assert "hush" not in str(refusal.value)

    def test_the_secret_of_its_events_may_be_stripes_own_and_lie_in_a_file(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "secret"
        file.write_text("whsec_not+base64=but+of+Stripe\n")
        _set(monkeypatch, {**self.SAFE, "GATEWAY_WEBHOOK_SECRET_FILE": str(file)})

        assert Settings().gateway_webhook_secret == "whsec_not+base64=but+of+Stripe"

    def test_a_trial_moves_no_real_money_whatever_the_environment_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _set(monkeypatch, self.SAFE)

        assert Settings.for_trial(database_url=None).stripe_key is None
        monkeypatch.setenv("STRIPE_SECRET_KEY", "")
        monkeypatch.setenv("STRIPE_SECRET_KEY_FILE", "/nowhere/key")
        assert Settings.for_trial(database_url=None).stripe_key is None


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_what_holds_a_secret_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "database").write_text("postgresql://shop:secret@db/orders\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "database"))
    settings = Settings(fulfillment_home=tmp_path)
    assert settings.database_url == "postgresql+psycopg://shop:secret@db/orders"
    # A process that is started is told the address itself, and no file: the account it runs as may not read it.
    told = programs.environment(settings)
    assert (told["DATABASE_URL"], "DATABASE_URL_FILE" in told) == (settings.database_url, False)

    monkeypatch.setenv("DATABASE_URL", "postgresql://db/other")
    with pytest.raises(ValueError, match="set either DATABASE_URL or DATABASE_URL_FILE, not both"):
        Settings()
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "none"))
    with pytest.raises(ValueError, match=r"DATABASE_URL_FILE: .*/none cannot be read: FileNotFoundError"):
        Settings()
