"""Everything that may be set from outside, read from the environment once."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fulfillment.kernel.webhook import secret_bytes
from fulfillment.production import Unsafe, unsafe_settings
from fulfillment.settings.held_in_files import with_files
from fulfillment.settings.home import default_home
from fulfillment.settings.values import (
    BrokerUrl,
    CarrierUrl,
    Folder,
    GatewayUrl,
    HostList,
    MailUrl,
    PostgresUrl,
    RateLimit,
    RedisUrl,
    StripeKey,
    TracingUrl,
    WebhookSecret,
)


class Settings(BaseSettings):
    """The settings of one process. An empty variable is one that is not set; a value that cannot be meant is refused."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True)

    environment: Literal["trial", "production"] = Field(
        "trial",
        description="`production` refuses to start with what is not safe; `fulfillment settings --check` lists it.",
    )
    database_url: PostgresUrl | None = Field(
        None, description="PostgreSQL 15 or newer, `postgresql://user:password@host/name`; unset: the embedded one."
    )
    redis_url: RedisUrl | None = Field(
        None,
        description="Redis as the broker; unset: a redis-server or valkey-server found on the PATH, else fakeredis.",
    )
    broker_url: BrokerUrl | None = Field(
        None, description="The broker, where it is not Redis: `amqp://` for RabbitMQ; wins over REDIS_URL."
    )
    payment_gateway: Literal["simulated", "stripe"] = Field(
        "simulated", description="Who moves the money: `stripe` needs its secret key, and the extra of that name."
    )
    gateway_url: GatewayUrl | None = Field(
        None,
        description="The payment gateway; unset: a simulated one is started; `approve:` answers yes in process (benches).",
    )
    gateway_webhook_secret: WebhookSecret | None = Field(
        None,
        description="What the gateway signs its events with, `whsec_` and base64; unset: POST /v1/gateway-events takes none.",
    )
    stripe_secret_key: StripeKey | None = Field(None, description="The secret key of the account at Stripe.")
    carrier_url: CarrierUrl | None = Field(
        None, description="The carrier that sells labels; unset: a simulated one is started; `none:` there is none."
    )
    carrier_webhook_secret: WebhookSecret | None = Field(
        None,
        description="What the carrier signs its events with, `whsec_` and base64; unset: no event of a parcel is taken.",
    )
    webhooks_may_reach: HostList | None = Field(
        None,
        description="Hosts, or hosts with a port, divided by commas, that webhooks may reach though they are not public, and"
        " without https; unset: public addresses alone.",
    )
    mail_url: MailUrl | None = Field(
        None,
        description="`smtp://user:password@host:port` or `smtps://`; unset: mbox files in FULFILLMENT_HOME/outbox.",
    )
    mail_from: str = Field("orders@example.com", description="The sender of e-mails to customers.")
    session_secret: SecretStr | None = Field(
        None,
        description="What the sessions of people who sign in are signed with; unset: a new one at each start.",
    )
    over_https: bool = Field(
        False, description="Whether people reach the pages by https alone: then their cookies go no other way."
    )
    proxies: int = Field(
        0, ge=0, le=10, description="How many proxies stand before the web that name the client in X-Forwarded-For."
    )
    rate_limit_per_key: RateLimit | None = Field(
        None, description="How often one API key may call, such as `600 per minute; 10000 per hour`; unset: as it will."
    )
    rate_limit_per_address: RateLimit | None = Field(
        None, description="The same for one address, counted before the key is looked at."
    )
    private_network: bool = Field(
        False,
        description="Whether database, broker and others are reached where nobody else can listen: then unencrypted too.",
    )
    fulfillment_home: Folder = Field(
        default_factory=default_home,
        description="The data folder: embedded database, logs, outbox, journals of the simulated gateway and carrier.",
    )
    lease_seconds: int = Field(
        150, ge=1, le=86_400, description="Seconds after which a step that was handed out and not closed is sent again."
    )
    worker_concurrency: int = Field(2, ge=1, le=256, description="Processes of one Celery worker.")
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="What Prometheus sends as its bearer token to read /metrics; unset: only keys of administrators may.",
    )
    tracing_url: TracingUrl | None = Field(
        None,
        description="Where traces go, OTLP over HTTP (`http://collector:4318/v1/traces`); needs the extra `tracing`.",
    )
    alarm_limits: dict[str, Annotated[int, Field(ge=0, le=31_536_000)]] = Field(
        default_factory=dict,
        description='Limits of alarms that are otherwise here, in seconds: `{"order_on_hold": 604800}` (docs/operations.md).',
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level that is logged."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        return with_files(given, os.environ)

    @model_validator(mode="after")
    def _money_moves_as_meant(self) -> Self:
        """Neither real money in a trial, nor pretended money where a key says that it is meant to be real."""
        _refuse_what_cannot_be_meant(self)
        return self

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.environment == "production" and (found := self.unsafe):
            raise ValueError("not safe for production: " + "; ".join(map(str, found)))
        return self

    @classmethod
    def for_trial(cls, **given: Any) -> Self:
        """Give settings under which no real money moves, whatever the environment says."""
        return cls(
            environment="trial",
            payment_gateway="simulated",
            stripe_secret_key=None,
            **given,
        )

    @property
    def stripe_key(self) -> str | None:
        """The secret key of the account at Stripe, where Stripe moves the money."""
        if self.payment_gateway != "stripe":
            return None
        return _revealed(self.stripe_secret_key)

    @property
    def unsafe(self) -> list[Unsafe]:
        """What keeps these settings from production."""
        return unsafe_settings(self, os.environ)

    @property
    def given_session_secret(self) -> str | None:
        """What sessions are signed with, where it was set."""
        return _revealed(self.session_secret)

    @property
    def secret_of_sessions(self) -> str:
        """What sessions are signed with; one that is made up here is forgotten with the process."""
        return self.given_session_secret or secrets.token_urlsafe(32)

    @property
    def token_of_metrics(self) -> str | None:
        """What reads /metrics beside the keys of administrators."""
        return _revealed(self.metrics_token)

    @property
    def broker(self) -> str | None:
        """The broker's address, or nothing where one is to be started."""
        return self.broker_url or self.redis_url

    @property
    def home(self) -> Path:
        """The data folder. (A field of this name would be read from HOME.)"""
        return self.fulfillment_home

    @property
    def outbox(self) -> Path:
        """Where e-mails go when no MAIL_URL is set."""
        return self.home / "outbox"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.home / "logs"


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _refuse_what_cannot_be_meant(settings: Settings) -> None:
    """Raise ValueError for settings of the gateway that contradict each other, or would put real money at risk."""
    if settings.carrier_webhook_secret is not None:
        secret_bytes(settings.carrier_webhook_secret)
    key = _revealed(settings.stripe_secret_key)
    if settings.payment_gateway == "stripe":
        if key is None:
            raise ValueError("PAYMENT_GATEWAY=stripe needs either STRIPE_SECRET_KEY or STRIPE_SECRET_KEY_FILE")
        _expect_safe(settings, key)
    elif key is not None:
        raise ValueError(
            "a key of Stripe's is set, but the gateway is simulated: set PAYMENT_GATEWAY=stripe, or unset it"
        )
    elif settings.gateway_webhook_secret is not None:
        secret_bytes(settings.gateway_webhook_secret)


def _expect_safe(settings: Settings, key: str) -> None:
    if settings.gateway_url is not None and settings.gateway_url.startswith("approve"):
        raise ValueError(
            "GATEWAY_URL=approve: approves everything and moves nothing: unset it with PAYMENT_GATEWAY=stripe"
        )
    if "_live_" not in key:
        return
    if settings.gateway_url is not None and not settings.gateway_url.startswith("https:"):
        raise ValueError("a live key of Stripe's is not sent to a GATEWAY_URL without https")
    if settings.database_url is None:
        raise ValueError("a live key of Stripe's needs a DATABASE_URL: the embedded database is for trials")
