"""Settings that hold a secret may lie in a file each: `DATABASE_URL_FILE` names one that holds the `DATABASE_URL`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

IN_FILES: Final = (
    *("database_url", "redis_url", "broker_url", "gateway_webhook_secret", "stripe_secret_key"),
    *("carrier_webhook_secret", "mail_url", "session_secret", "metrics_token"),
)


def file_of(name: str) -> str:
    """The variable that names the file of a setting."""
    return f"{name.upper()}_FILE"


def with_files(given: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """
    Give the settings together with what the files say that the environment names.

    What the program itself has set to None stays unset. Raises ValueError where a file cannot be read, or the environment
    says a setting in both ways.
    """
    read = dict(given)
    for name in IN_FILES:
        if not (file := environ.get(file_of(name))) or (name in read and read[name] is None):
            continue
        if environ.get(name.upper()):
            raise ValueError(f"set either {name.upper()} or {file_of(name)}, not both")
        try:
            read.setdefault(name, Path(file).expanduser().read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as unreadable:
            raise ValueError(f"{file_of(name)}: {file} cannot be read: {type(unreadable).__name__}") from None
    return read
