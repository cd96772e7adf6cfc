"""
Accounts: people who sign in at the pages with a name and a password.

What a person may do is said by a key, as for any caller: each account holds one that nobody knows the secret of.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fulfillment.access.keys import Key, create_key_of_person, key_of
from fulfillment.access.models import Account, ApiKey, Role
from fulfillment.kernel.errors import Conflict, Invalid, NotFound

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_HASHER: Final = PasswordHasher()
_OF_NOBODY: Final = _HASHER.hash(secrets.token_urlsafe(16))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `generation` counts the passwords: who signed in with an earlier one is signed out."""

    account_id: int
    generation: int
    key: Key

    @property
    def name(self) -> str:
        """The name they sign in with."""
        return self.key.name


def create_account(
    session: Session,
    *,
    name: str,
    password: str,
    role: Role,
    at: datetime,
    warehouses: Sequence[str] | None = None,
    refund_limit: int | None = None,
) -> None:
    """
    Open an account. `refund_limit` is minor units of one order in 24 hours; None: none set.

    Raises Invalid for a name or password that cannot be one, a storefront's role, or warehouses of a role that has none;
    Conflict where the name is taken.
    """
    name = _as_name(name)
    if role == Role.STOREFRONT:
        raise Invalid("a storefront does not sign in at the pages", code="no_role_of_people", remedy="make it a key")
    hashed = _hashed(password)
    key_id = create_key_of_person(
        session, role=role, name=name, at=at, warehouses=warehouses, refund_limit=refund_limit
    )
    try:
        with session.begin_nested():
            session.add(Account(name=name, password_hash=hashed, key_id=key_id, generation=1, created_at=at))
    except IntegrityError as taken:
        raise Conflict(
            f"there is an account named {name}", code="account_exists", remedy="choose another name"
        ) from taken


def sign_in(session: Session, name: str, password: str, *, at: datetime) -> Person | None:
    """Give whose name and password these are; None for a wrong one of either, and for an account that was closed."""
    account = session.scalar(select(Account).where(Account.name == name.strip().lower()))
    # A name that there is not takes as long as one that there is: nobody learns from the time which names exist.
    right = _is_right(account.password_hash if account else _OF_NOBODY, password[:LONGEST_PASSWORD])
    if account is None or not right:
        return None
    if _HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = _HASHER.hash(password)
    return find_person(session, account.id, account.generation, at=at)


def find_person(session: Session, account_id: int, generation: int, *, at: datetime) -> Person | None:
    """Give who signed in with the password of this generation; None where that, or the account, is no longer valid."""
    row = session.execute(
        select(Account.generation, ApiKey).join(ApiKey, ApiKey.id == Account.key_id).where(Account.id == account_id)
    ).one_or_none()
    if row is None or row.generation != generation:
        return None
    key = key_of(row.ApiKey, at=at, is_person=True)
    return Person(account_id, generation, key) if key is not None else None


def change_password(session: Session, name: str, password: str) -> None:
    """Give an account another password; whoever is signed in with the old one is signed out. Raises Invalid, NotFound."""
    hashed = _hashed(password)
    changed = update(Account).where(Account.name == name.strip().lower()).returning(Account.id)
    if session.scalar(changed.values(password_hash=hashed, generation=Account.generation + 1)) is None:
        raise NotFound(f"no account {name}")


def close_account(session: Session, name: str, *, at: datetime) -> None:
    """Let nobody sign in with this account any more. Its name stays on timelines. Raises NotFound."""
    key_id = session.scalar(select(Account.key_id).where(Account.name == name.strip().lower()))
    if key_id is None:
        raise NotFound(f"no account {name}")
    session.execute(update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=at))


def all_accounts(session: Session) -> Sequence[ApiKey]:
    """List the keys of the accounts by name."""
    return session.scalars(select(ApiKey).join(Account, Account.key_id == ApiKey.id).order_by(ApiKey.name)).all()


def _as_name(name: str) -> str:
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise Invalid(
            "a name is up to 64 letters, digits, dots, dashes, underscores and @, without spaces", code="bad_name"
        )
    return name


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters",
            code="bad_password",
            remedy="some words in a row are easy to remember and hard to guess",
        )
    return _HASHER.hash(password)


def _is_right(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except VerificationError:
        return False
