"""What may be meant by a setting: a typing error is refused at start, in a sentence."""

from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, StringConstraints

from fulfillment.kernel.webhook import PREFIX
from fulfillment.network.outward import Neighbors


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
