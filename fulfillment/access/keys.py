"""API keys: made once, shown once, kept as a hash, revoked at any time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from fulfillment.access.models import Account, ApiKey, Role, Storefront
from fulfillment.kernel.errors import Invalid, NotFound

_MARK: Final = "fk"
"""Begins every key, so that one that leaked is recognized for what it is."""


@dataclass(frozen=True, slots=True)
class Key:
    """
    Who calls, and what it may do. `warehouses` None: all; `refund_limit` None: any, else minor units.

    `storefront_id` is whose orders alone a storefront's key sees; None for all others. A person's is held by an account.
    """

    id: int
    name: str
    role: Role
    warehouses: frozenset[str] | None
    refund_limit: int | None
    storefront_id: int | None = None
    is_person: bool = False

    @property
    def actor(self) -> str:
        """The name on the timeline of what this key did."""
        return _actor(self.name, is_person=self.is_person)

    def may_work_in(self, warehouse: str | None) -> bool:
        """Tell whether a warehouse (by code) is this key's; what lies in none yet belongs to those who have all."""
        return self.warehouses is None or warehouse in self.warehouses


def create_key(
    session: Session,
    *,
    role: Role,
    name: str,
    at: datetime,
    warehouses: Sequence[str] | None = None,
    refund_limit: int | None = None,
    storefront: str | None = None,
    expires_at: datetime | None = None,
) -> str:
    """
    Make a key and give it as the client must send it. It cannot be shown again.

    A storefront's key is for the storefront of that name, which is made with its first key; without one, for the storefront
    of the key's own name. Raises Invalid for an empty name, or for warehouses or a storefront of a key that has none.
    """
    return _add(session, role, name, at, warehouses, refund_limit, storefront, expires_at)[1]


def create_key_of_person(
    session: Session,
    *,
    role: Role,
    name: str,
    at: datetime,
    warehouses: Sequence[str] | None = None,
    refund_limit: int | None = None,
) -> int:
    """Make a key that no client can send: its secret is forgotten at once, and an account stands for it. Gives its id."""
    return _add(session, role, name, at, warehouses, refund_limit, None, None)[0].id


def _add(
    session: Session,
    role: Role,
    name: str,
    at: datetime,
    warehouses: Sequence[str] | None,
    refund_limit: int | None,
    storefront: str | None,
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    if not name.strip():
        raise Invalid("a key needs a name: it stands on the timeline of whatever the key does", code="no_name")
    if warehouses is not None and role != Role.WAREHOUSE:
        raise Invalid(f"a {role} key is not bound to warehouses", code="not_a_warehouse_key")
    if storefront is not None and role != Role.STOREFRONT:
        raise Invalid(f"a {role} key has no storefront", code="not_a_storefront_key")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey(
        prefix=prefix,
        secret_hash=_hash(secret),
        name=name,
        role=role,
        warehouse_codes=sorted(set(warehouses)) if warehouses is not None else None,
        refund_limit=refund_limit,
        storefront_id=_storefront(session, storefront or name) if role == Role.STOREFRONT else None,
        created_at=at,
        expires_at=expires_at,
        revoked_at=None,
    )
    session.add(key)
    session.flush()
    return key, f"{_MARK}_{prefix}_{secret}"


def _storefront(session: Session, name: str) -> int:
    session.execute(insert(Storefront).values(name=name).on_conflict_do_nothing())
    return session.scalars(select(Storefront.id).where(Storefront.name == name)).one()


def verify_key(session: Session, token: str, *, at: datetime) -> Key | None:
    """Give the key that a client sent, or None where it is unknown, expired or revoked."""
    parts = token.split("_", 2)
    if len(parts) != 3 or parts[0] != _MARK or not token.isascii() or not token.isprintable():  # noqa: PLR2004
        return None
    row = session.scalar(select(ApiKey).where(ApiKey.prefix == parts[1]))
    # A secret of 256 random bits needs no slow hash: there is nothing to guess.
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(parts[2])):
        return None
    return key_of(row, at=at)


def key_of(row: ApiKey, *, at: datetime, is_person: bool = False) -> Key | None:
    """Give what a key says, or None where it is expired or revoked."""
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= at):
        return None
    warehouses = frozenset(row.warehouse_codes) if row.warehouse_codes is not None else None
    return Key(row.id, row.name, Role(row.role), warehouses, row.refund_limit, row.storefront_id, is_person)


def revoke_key(session: Session, prefix: str, *, at: datetime) -> None:
    """Make a key useless, by the part of it that is no secret. Raises NotFound; one that is revoked stays as it is."""
    found = session.scalar(select(ApiKey.id).where(ApiKey.prefix == prefix))
    if found is None:
        raise NotFound(f"no key {prefix}")
    session.execute(update(ApiKey).where(ApiKey.id == found, ApiKey.revoked_at.is_(None)).values(revoked_at=at))


def all_keys(session: Session) -> Sequence[ApiKey]:
    """List the keys, oldest first."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id)).all()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _actor(name: str, *, is_person: bool) -> str:
    return f"{'user' if is_person else 'key'}:{name}"


def picker_named(session: Session, name: str, warehouse: str, *, at: datetime) -> str:
    """
    Give the actor of the key of this name that may work in a warehouse (by code) at this time.

    Raises Invalid where there is none.
    """
    found = session.execute(
        select(ApiKey.warehouse_codes, Account.id.is_not(None).label("is_person"))
        .outerjoin(Account, Account.key_id == ApiKey.id)
        .where(
            ApiKey.name == name,
            ApiKey.role.in_((Role.WAREHOUSE, Role.ADMIN)),
            ApiKey.revoked_at.is_(None),
            (ApiKey.expires_at.is_(None)) | (ApiKey.expires_at > at),
        )
    )
    for row in found:
        if row.warehouse_codes is None or warehouse in row.warehouse_codes:
            return _actor(name, is_person=row.is_person)
    raise Invalid(
        f"no key {name} works in warehouse {warehouse}",
        code="unknown_picker",
        remedy="give the name of a key of this warehouse",
    )
