"""What `--serve` prints: where everything is, the keys, and calls to try."""

from collections.abc import Mapping
from typing import Final

from rich.console import Console

from fulfillment.access.models import Role
from fulfillment.runtime.system import System

_MAY: Final = {
    Role.STOREFRONT: "checkouts; read and cancel its own orders",
    Role.CSR: "orders and customers: hold, cancel, release, take payments, refund",
    Role.WAREHOUSE: "receipts, shipments, picklists, picks; no money",
    Role.ADMIN: "everything",
}

_JSON: Final = "-H 'Idempotency-Key: globes-came' -H 'Content-Type: application/json'"
_RECEIPT: Final = '{"warehouse": "HARBOR", "lines": [{"sku": "GLOBE-SNOW", "quantity": 30}]}'


def show(console: Console, system: System, keys: Mapping[Role, str], passwords: Mapping[Role, str]) -> None:
    """Print it, in lines that can be copied. `passwords` are those of the accounts, which are named as their roles."""
    url = system.web_url
    lines = [
        "",
        f"pages    {url}/   (sign in with a name and password below)",
        *(f"sign-in  {role:10}  {password}" for role, password in passwords.items()),
        f"API      {url}   (documentation: {url}/docs)",
        *(f"key      {role:10}  {key}   {_MAY[role]}" for role, key in keys.items()),
        f"broker   {system.broker_notice}",
        f"mails    {system.outbox}",
        f"logs     {system.settings.logs}",
        "",
        "To try:",
        f"  curl -s -H 'Authorization: Bearer {keys[Role.CSR]}' '{url}/v1/orders?status=on_hold'",
        f"  curl -s -H 'Authorization: Bearer {keys[Role.WAREHOUSE]}' '{url}/v1/shipments?status=awaiting_inventory'",
        f"  curl -s -H 'Authorization: Bearer {keys[Role.WAREHOUSE]}' {_JSON} -d '{_RECEIPT}' {url}/v1/inventory/receipts",
        "",
        "Ctrl-C ends it.",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
