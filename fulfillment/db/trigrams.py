"""
Looking for a part of a text: every three characters in a row of it, in an array column with a GIN index.

The embedded PostgreSQL has no pg_trgm. A table generates its column from its texts by `text_trigrams`, a line of them each.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, event

from fulfillment.db.base import Base

TEXT_TRIGRAMS: Final = """
CREATE OR REPLACE FUNCTION text_trigrams(written text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY(SELECT DISTINCT substr(line, start, 3) COLLATE "C"
               FROM regexp_split_to_table(lower(written), chr(10)) AS line, generate_series(1, length(line) - 2) AS start)
"""

event.listen(Base.metadata, "before_create", DDL(TEXT_TRIGRAMS))  # type: ignore[no-untyped-call] # SQLAlchemy's own
