"""Everything that may be set from outside, read from the environment once."""

import os
import pwd
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict

from fulfillment.held_in_files import with_files
from fulfillment.kernel.webhook import PREFIX, secret_bytes
from fulfillment.network.outward import Neighbors
from fulfillment.production import Unsafe, unsafe_settings

SYSTEM_HOME = Path("/var/lib/fulfillment")


def _with_scheme(*schemes: str) -> AfterValidator:
    """An address must start with one of these schemes: a typing error is refused at start, not met at the first call."""

    def check(value: str) -> str:
        if urlsplit(value).scheme not in schemes:
            raise ValueError(f"must start with one of {', '.join(scheme + ':' for scheme in schemes)}")
        return value

    return AfterValidator(check)


def psycopg_url(value: str) -> str:
    """SQLAlchemy takes a bare postgresql:// for psycopg2; everyone writes it, and we mean psycopg 3."""
    scheme, rest = value.split(":", 1)
    return f"postgresql+psycopg:{rest}" if scheme in {"postgres", "postgresql"} else value


def default_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where data lies when nothing says otherwise.

    Never under root's home: the embedded PostgreSQL refuses to run as root, and the account it runs as has no
    business in there.
    """
    if os.geteuid() == 0:
        return SYSTEM_HOME
    if data := environ.get("XDG_DATA_HOME"):
        return Path(data) / "fulfillment"
    home = environ.get("HOME") or _home_of_account()
    return Path(home) / ".local" / "share" / "fulfillment"


def _home_of_account() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError as missing:  # a container may run an account that nobody entered
        raise ValueError("no home folder is known for this account: set FULFILLMENT_HOME") from missing


def _webhook_secret(value: str) -> str:
    """Stripe's are signed with as they are; what the simulated gateway's are made of is looked at with the gateway."""
    if not value.startswith(PREFIX):
        raise ValueError(f"must begin with {PREFIX}")
    return value


def _hosts(value: str) -> str:
    Neighbors(value)
    return value


PostgresUrl = Annotated[str, _with_scheme("postgresql+psycopg", "postgresql", "postgres"), AfterValidator(psycopg_url)]
RedisUrl = Annotated[str, _with_scheme("redis", "rediss", "sentinel")]
BrokerUrl = Annotated[str, _with_scheme("redis", "rediss", "sentinel", "amqp", "amqps", "pyamqp")]
GatewayUrl = Annotated[str, _with_scheme("http", "https", "approve")]
CarrierUrl = Annotated[str, _with_scheme("http", "https", "none")]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]  # processes start in others
HostList = Annotated[str, AfterValidator(_hosts)]
WebhookSecret = Annotated[str, AfterValidator(_webhook_secret)]
_LIMIT: Final = r"[1-9][0-9]{0,8} per (second|minute|hour|day)"
RateLimit = Annotated[str, StringConstraints(pattern=rf"^{_LIMIT}(; {_LIMIT})*$")]
TracingUrl = Annotated[str, _with_scheme("http", "https")]
MailUrl = Annotated[str, _with_scheme("smtp", "smtps")]


def _secret_key_of_stripe(key: SecretStr) -> SecretStr:
    """A publishable key, or a key of something else, is refused at start: with it no money would ever move."""
    if not key.get_secret_value().startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
        raise ValueError("must be a secret or restricted key of Stripe's: sk_test_, sk_live_, rk_test_ or rk_live_")
    return key


StripeKey = Annotated[SecretStr, AfterValidator(_secret_key_of_stripe)]


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
    gateway_webhook_secret_file: Folder | None = Field(
        None, description="A file that holds this secret, where it is not to stand in the environment."
    )
    stripe_secret_key: StripeKey | None = Field(None, description="The secret key of the account at Stripe.")
    stripe_secret_key_file: Folder | None = Field(
        None, description="A file that holds this key, where it is not to stand in the environment."
    )
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
    session_secret_file: Folder | None = Field(
        None, description="A file that holds this secret, where it is not to stand in the environment."
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
    metrics_token_file: Folder | None = Field(
        None, description="A file that holds this token, where it is not to stand in the environment."
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
        refuse_what_cannot_be_meant(self)
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
            stripe_secret_key_file=None,
            **given,
        )

    @property
    def stripe_key(self) -> str | None:
        """The secret key of the account at Stripe, where Stripe moves the money."""
        if self.payment_gateway != "stripe":
            return None
        key = self.stripe_secret_key
        return _held(self.stripe_secret_key_file) if key is None else key.get_secret_value()

    @property
    def webhook_secret(self) -> str | None:
        """What the gateway signs its events with."""
        return self.gateway_webhook_secret or _held(self.gateway_webhook_secret_file)

    @property
    def unsafe(self) -> list[Unsafe]:
        """What keeps these settings from production."""
        return unsafe_settings(self, os.environ)

    @property
    def given_session_secret(self) -> str | None:
        """What sessions are signed with, where it was set."""
        given = self.session_secret.get_secret_value() if self.session_secret is not None else None
        return given or _held(self.session_secret_file)

    @property
    def secret_of_sessions(self) -> str:
        """What sessions are signed with; one that is made up here is forgotten with the process."""
        return self.given_session_secret or secrets.token_urlsafe(32)

    @property
    def token_of_metrics(self) -> str | None:
        """What reads /metrics beside the keys of administrators."""
        given = self.metrics_token.get_secret_value() if self.metrics_token is not None else None
        return given or _held(self.metrics_token_file)

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


def refuse_what_cannot_be_meant(settings: Settings) -> None:
    """Raise ValueError for settings of the gateway that contradict each other, or would put real money at risk."""
    if settings.gateway_webhook_secret is not None and settings.gateway_webhook_secret_file is not None:
        raise ValueError("set either GATEWAY_WEBHOOK_SECRET or GATEWAY_WEBHOOK_SECRET_FILE, not both")
    secret = settings.webhook_secret
    if settings.carrier_webhook_secret is not None:
        secret_bytes(settings.carrier_webhook_secret)
    given = [each for each in (settings.stripe_secret_key, settings.stripe_secret_key_file) if each is not None]
    if settings.payment_gateway == "stripe":
        if len(given) != 1:
            raise ValueError("PAYMENT_GATEWAY=stripe needs either STRIPE_SECRET_KEY or STRIPE_SECRET_KEY_FILE")
        _expect_safe(settings, _secret_key_of_stripe(SecretStr(settings.stripe_key or "")).get_secret_value())
    elif given:
        raise ValueError(
            "a key of Stripe's is set, but the gateway is simulated: set PAYMENT_GATEWAY=stripe, or unset it"
        )
    elif secret is not None:
        secret_bytes(secret)


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


def _held(file: Path | None) -> str | None:
    """What a file of one secret holds. Raises ValueError where it cannot be read."""
    if file is None:
        return None
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise ValueError(f"the secret in {file} cannot be read: {type(unreadable).__name__}") from unreadable


class Described(NamedTuple):
    """One setting, for people."""

    variable: str
    description: str
    default: str


def described() -> list[Described]:
    """Give every setting with what it is for and what it is when it is not set."""
    return [
        Described(
            name.upper(),
            field.description or "",
            "" if field.default in (None, PydanticUndefined) else str(field.default),
        )
        for name, field in Settings.model_fields.items()
    ]
