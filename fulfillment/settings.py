"""Everything that may be set from outside, read from the environment once."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict

from fulfillment.kernel.webhook import secret_bytes

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
    secret_bytes(value)
    return value


PostgresUrl = Annotated[str, _with_scheme("postgresql+psycopg", "postgresql", "postgres"), AfterValidator(psycopg_url)]
RedisUrl = Annotated[str, _with_scheme("redis", "rediss", "sentinel")]
BrokerUrl = Annotated[str, _with_scheme("redis", "rediss", "sentinel", "amqp", "amqps", "pyamqp")]
GatewayUrl = Annotated[str, _with_scheme("http", "https", "approve")]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]  # processes start in others
WebhookSecret = Annotated[str, AfterValidator(_webhook_secret)]
MailUrl = Annotated[str, _with_scheme("smtp", "smtps")]


class Settings(BaseSettings):
    """The settings of one process. An empty variable is one that is not set; a value that cannot be meant is refused."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_ignore_empty=True, hide_input_in_errors=True)

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
    gateway_url: GatewayUrl | None = Field(
        None,
        description="The payment gateway; unset: a simulated one is started; `approve:` answers yes in process (benches).",
    )
    gateway_webhook_secret: WebhookSecret | None = Field(
        None,
        description="What the gateway signs its events with, `whsec_` and base64; unset: POST /v1/gateway-events takes none.",
    )
    mail_url: MailUrl | None = Field(
        None,
        description="`smtp://user:password@host:port` or `smtps://`; unset: .eml files in FULFILLMENT_HOME/outbox.",
    )
    mail_from: str = Field("orders@example.com", description="The sender of e-mails to customers.")
    fulfillment_home: Folder = Field(
        default_factory=default_home,
        description="The data folder: embedded database, logs, outbox, journal of the simulated gateway.",
    )
    lease_seconds: int = Field(
        150, ge=1, le=86_400, description="Seconds after which a step that was handed out and not closed is sent again."
    )
    worker_concurrency: int = Field(2, ge=1, le=256, description="Processes of one Celery worker.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level that is logged."
    )

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
