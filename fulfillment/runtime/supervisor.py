"""Keeps programs running, and leaves nothing behind."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from fulfillment.kernel.say import Say, unsaid
from fulfillment.runtime import guard
from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.interrupts import shielded
from fulfillment.runtime.program import Process, Program, tail

# A child waits at this gate until the guard knows of it, so that there is no moment at which a `kill -9` of the
# supervisor would leave it running: the gate's pipe closes with the supervisor, `read` fails, nothing is started.
# `exec` keeps the pid and the shell is gone.
_GATE = 'read -r go && exec "$@" </dev/null'
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _QUICK_SECONDS = 0.1, 5.0, 10.0
_POLL_SECONDS = 0.02


class Supervisor:
    """Starts programs, each in a session of its own; starts again what dies; ends all of them, last started first.

    Use it as a context manager. A terminal's Ctrl-C reaches only this process, since the children sit in sessions of
    their own; `interrupts.interruptible` turns that and SIGTERM into an exception, whatever it strikes.
    """

    def __init__(self, logs: Path, *, keep_open: tuple[int, ...] = ()) -> None:
        """`logs` gets one file per program. `keep_open` are file descriptors (locks) that the guard holds to the end."""
        self.logs = logs
        self.processes: dict[str, Process] = {}
        self._batches: list[list[str]] = []
        self._keep_open = keep_open
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        with shielded():
            self.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._guard = self._start_guard()
            self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        with shielded():  # from here a signal is only noted: stopping has deadlines and comes to its end
            self._closing.set()
            self._watcher.join()
            for batch in reversed(self._batches):
                self._stop(batch)
            assert self._guard.stdin is not None
            with suppress(BrokenPipeError):
                self._guard.stdin.close()
            self._guard.wait()

    def start(self, *programs: Program, on_ready: Say = unsaid) -> None:
        """Start these at once and wait until each is ready.

        Raises `CannotStart` with the end of the log when one ends or is not ready in its time.
        """
        with shielded(), self._lock:
            self._batches.append([program.name for program in programs])
            for program in programs:
                self._rotate(program.name)
                self.processes[program.name] = self._spawn(program)
        for program in programs:
            self._await_ready(self.processes[program.name])
            on_ready(program.name)

    def run(self, program: Program) -> None:
        """Run a program that comes to an end by itself. Raises `CannotStart` when it fails."""
        with self._once(program) as process:
            deadline = time.monotonic() + program.ready_seconds
            while process.exit_code is None and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            if process.exit_code != 0:
                raise CannotStart(
                    f"{program.name} failed ({_how(process)}). The end of {process.log}:\n{tail(process.log)}"
                )

    def stop(self, name: str) -> None:
        """End one program for good."""
        with shielded(), self._lock:
            self._stop([name])
            for batch in self._batches:
                with suppress(ValueError):
                    batch.remove(name)

    @contextmanager
    def _once(self, program: Program) -> Iterator[Process]:
        with shielded(), self._lock:
            self._batches.append([program.name])
            process = self.processes[program.name] = self._spawn(program)
        try:
            yield process
        finally:
            self.stop(program.name)

    def _spawn(self, program: Program) -> Process:
        account = program.account
        log = self.logs / f"{program.name}.log"
        with log.open("ab") as output:
            popen = subprocess.Popen(
                ["/bin/sh", "-c", _GATE, program.name, *program.command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(program.environment),
                cwd=program.folder,
                start_new_session=True,
                umask=0o077,  # e-mails, logs and books are nobody else's to read
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self._announce(popen.pid, program)
        assert popen.stdin is not None
        with suppress(BrokenPipeError):  # already dead: the watcher or the wait for readiness will see it
            popen.stdin.write(b"go\n")
            popen.stdin.close()
        return Process(program, popen, log)

    def _await_ready(self, process: Process) -> None:
        program, deadline = process.program, time.monotonic() + process.program.ready_seconds
        while not (process.exit_code is None and program.ready()):
            if process.exit_code is not None or time.monotonic() > deadline:
                raise CannotStart(
                    f"{program.name} did not start ({_how(process)}). The end of {process.log}:\n{tail(process.log)}"
                )
            time.sleep(_POLL_SECONDS)
        process.settled = True

    def _watch(self) -> None:
        while not self._closing.wait(0.1):
            with self._lock:
                if self._guard.poll() is not None:
                    self._replace_guard()
                for process in list(self.processes.values()):
                    if process.settled and process.exit_code is not None:
                        self._start_again(process)

    def _start_again(self, process: Process) -> None:
        now = time.monotonic()
        if process.start_again_at is None:
            guard.kill_group(process.pid)  # what it left behind would work beside its successor
            self._tell_guard(f"del {process.pid}")
            process.quick_deaths = process.quick_deaths + 1 if now - process.started_at < _QUICK_SECONDS else 0
            process.start_again_at = now + min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**process.quick_deaths)
        if now >= process.start_again_at:
            process.popen = self._spawn(process.program).popen
            process.restarts += 1
            process.started_at, process.start_again_at = now, None

    def _stop(self, names: list[str]) -> None:
        processes = [self.processes.pop(name) for name in names if name in self.processes]
        for process in processes:
            if process.exit_code is None:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, process.program.stop_signal)
        deadline = time.monotonic()
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.popen.wait(max(0.0, deadline + process.program.stop_seconds - time.monotonic()))
            guard.kill_group(process.pid)
            process.popen.wait()
            self._tell_guard(f"del {process.pid}")

    def _rotate(self, name: str) -> None:
        """One log per start of the system, and the one before."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))

    def _start_guard(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", guard.__file__],
            stdin=subprocess.PIPE,
            start_new_session=True,
            pass_fds=self._keep_open,
        )

    def _replace_guard(self) -> None:
        self._guard = self._start_guard()
        for name in (name for batch in self._batches for name in batch):
            if process := self.processes.get(name):
                self._announce(process.pid, process.program)

    def _announce(self, pid: int, program: Program) -> None:
        rank = next(rank for rank, batch in enumerate(self._batches) if program.name in batch)
        self._tell_guard(f"add {pid} {program.stop_signal.value} {rank}")

    def _tell_guard(self, line: str) -> None:
        assert self._guard.stdin is not None
        with suppress(BrokenPipeError):  # a guard that died is replaced, and its successor told everything
            self._guard.stdin.write(line.encode() + b"\n")
            self._guard.stdin.flush()


def _how(process: Process) -> str:
    if process.exit_code is None:
        return f"not ready after {process.program.ready_seconds:g} s"
    return f"it ended with {process.exit_code}"
