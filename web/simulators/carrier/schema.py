"""The tables of the carrier's books."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sale', 'void')),
    outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed')),
    code TEXT CHECK ((code IS NULL) = (outcome = 'succeeded')),
    reference TEXT NOT NULL,
    tracking_number TEXT,
    service TEXT NOT NULL,
    weight_grams INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    merchant_reference TEXT NOT NULL,
    asked TEXT NOT NULL,
    fingerprint TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_key ON journal (key, seq);
CREATE UNIQUE INDEX IF NOT EXISTS journal_sold_once ON journal (reference, kind) WHERE outcome = 'succeeded';
CREATE UNIQUE INDEX IF NOT EXISTS journal_number ON journal (tracking_number) WHERE kind = 'sale';
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    id TEXT NOT NULL UNIQUE,
    tracking_number TEXT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_number ON events (tracking_number);
CREATE TABLE IF NOT EXISTS manifests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    key TEXT NOT NULL UNIQUE,
    reference TEXT,
    code TEXT CHECK ((code IS NULL) = (reference IS NOT NULL)),
    labels TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS manifested (label TEXT PRIMARY KEY, manifest TEXT NOT NULL);
"""
