"""What all tables share: names of constraints, and how Python's types are stored."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase

# Constraints get names, so that an error can be told by the constraint it broke and a migration can drop it.
NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


# Rows that are changed a few times soon after they were added: with room in their page, a change that touches no index
# costs no index.
ROOM_FOR_UPDATES = {"postgresql_with": {"fillfactor": 70}}


class Base(DeclarativeBase):
    """The base of every model. Times carry a zone, integers are 64 bits (money in minor units, ids, pieces)."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: TIMESTAMP(timezone=True),
        int: BigInteger,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: JSONB,
        list[dict[str, Any]]: JSONB,
    }


def one_of(column: str, values: type[StrEnum]) -> str:
    """Write the condition of a CHECK constraint that a column holds one of the values."""
    listed = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({listed})"
