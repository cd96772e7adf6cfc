"""What a route declares about itself, and the list of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from fulfillment.access.models import Role

SMALL_BODY: Final = 256 * 1024
LARGE_BODY: Final = 1024 * 1024
"""For commands with up to 2,000 lines: of some 300 bytes each with names and prices, and as much again for spaces."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """What a route declares about itself."""

    method: str
    rule: str
    roles: frozenset[Role]
    answer: type[BaseModel] | None
    """None for a paper, which is PDF."""
    status: int = 200
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    waits: bool = False
    body: type[BaseModel] | None = None
    most_bytes: int = SMALL_BODY
    query: type[BaseModel] | None = None
    previews: bool = False
    refuses: bool = False
    """Whether what is read may not be there to be read in the present state (409)."""

    @property
    def name(self) -> str:
        """The route as idempotency keys are kept by it: method and template."""
        return f"{self.method} {self.rule}"

    @property
    def of_a_version(self) -> bool:
        """Whether it is about one order or cart, so that If-Match may name the version it goes by (RO2)."""
        return self.method != "GET" and self.rule.startswith(_VERSIONED)

    @property
    def needs_version(self) -> bool:
        """Whether it changes an order or a cart without being a command: then If-Match must name the version."""
        return self.of_a_version and self.method != "POST"


_VERSIONED: Final = ("/v1/orders/<name:number>", "/v1/carts/<id:cart_id>")

OPEN_RULES: Final = ("/healthz", "/readyz")
"""The only routes without a key; a further one is written here first."""

SIGNED_RULES: Final = ("/v1/gateway-events", "/webhooks/carriers/<name:carrier>")
"""The only routes with a signature in place of a key."""

ROUTES: Final[dict[str, Route]] = {}
"""Every route by its endpoint. A view that is not here is not ours: `create_app` refuses to start with one."""
