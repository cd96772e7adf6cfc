"""What a test needs of the machine. A suite that cannot run says so; in CI it fails, because there all of it must be."""

import os
import shutil

import pytest


def needs(found: object, program: str) -> None:
    """Skip with the reason where a program is not installed; in CI fail."""
    if not found:
        said = f"{program} is not installed: nothing was tested on it (Debian: apt install {program})"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)


def needs_redis() -> None:
    """The same for a real Redis, or Valkey."""
    needs(shutil.which("redis-server") or shutil.which("valkey-server"), "redis-server")
