"""The tables of the gateway's books. What was decided is never changed nor deleted (web/simulators/books.py)."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL,
    operation TEXT NOT NULL CHECK (operation IN
        ('authorize', 'capture', 'void', 'refund', 'expire', 'chargeback', 'chargeback_reversed')),
    reference TEXT NOT NULL UNIQUE,
    parent TEXT,
    authorization TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
    code TEXT CHECK ((code IS NULL) = (outcome = 'succeeded')),
    merchant_reference TEXT NOT NULL,
    expires REAL,
    at_desk INTEGER NOT NULL,
    fingerprint TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_key ON journal (key, seq);
CREATE INDEX IF NOT EXISTS journal_authorization ON journal (authorization);
CREATE TABLE IF NOT EXISTS pending (
    reference TEXT PRIMARY KEY,
    at REAL NOT NULL,
    key TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    merchant_reference TEXT NOT NULL
);
"""
