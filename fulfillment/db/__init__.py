"""The database: declarative base, engine, session and transaction."""
