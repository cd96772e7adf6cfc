"""Where data lies when nothing says otherwise."""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path

SYSTEM_HOME = Path("/var/lib/fulfillment")


def default_home(environ: Mapping[str, str] = os.environ) -> Path:
    """Where data lies when nothing says otherwise.

    Never under root's home: the embedded PostgreSQL refuses to run as root, and the account it runs as has no
    business in there.
    """
    if os.geteuid() == 0:
        return SYSTEM_HOME
    if data := environ.get("XDG_DATA_HOME"):
        return Path(data) / "fulfillment"
    home = environ.get("HOME") or _home_of_account()
    return Path(home) / ".local" / "share" / "fulfillment"


def _home_of_account() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError as missing:  # a container may run an account that nobody entered
        raise ValueError("no home folder is known for this account: set FULFILLMENT_HOME") from missing
