"""The unprivileged account for programs that refuse to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fulfillment.runtime.faults import CannotStart

NAME = "fulfillment"
_MAKE = (
    ("useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin", NAME),
    ("adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", NAME),  # busybox
)


@dataclass(frozen=True)
class Account:
    """A system account, by its numbers."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Hand a file or folder over to this account."""
        os.chown(path, self.uid, self.gid)

    def may_enter(self, path: Path) -> bool:
        """Whether this account can reach `path` and read it, judged by the permissions of all folders above."""
        resolved = path.resolve()
        return all(self._allows(parent, stat.S_IXOTH) for parent in resolved.parents) and self._allows(
            resolved, stat.S_IROTH | stat.S_IXOTH
        )

    def _allows(self, path: Path, others: int) -> bool:
        status = path.stat()
        if status.st_uid == self.uid:
            return status.st_mode & (others << 6) == others << 6
        return status.st_mode & others == others


def for_postgres() -> Account | None:
    """The account PostgreSQL runs as: nothing (ourselves) unless we are root, which it refuses.

    Makes the system account `fulfillment` once. Raises `CannotStart` when that is not possible.
    """
    if os.geteuid() != 0:
        return None
    if account := _existing():
        return account
    for command in _MAKE:
        if shutil.which(command[0]):
            subprocess.run(command, capture_output=True, check=False)
        if account := _existing():  # made by us, or by another process in the same moment
            return account
    raise CannotStart(
        f"PostgreSQL refuses to run as root and the system account `{NAME}` could not be made. Make it "
        f"(`useradd --system {NAME}`), run as an ordinary user, or set DATABASE_URL."
    )


def _existing() -> Account | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid)
