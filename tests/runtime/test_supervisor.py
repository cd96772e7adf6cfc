"""The supervisor keeps programs running, and leaves nothing behind, however it ends."""

import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from fulfillment.runtime.faults import CannotStart
from fulfillment.runtime.program import Program
from fulfillment.runtime.supervisor import Supervisor
from tests.runtime.conditions import eventually

pytestmark = pytest.mark.process

SUPERVISED = Path(__file__).with_name("supervised.py")


def living(token: str) -> list[int]:
    """Processes with the token on their command line."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE and token in (process.info["cmdline"] or [])
    ]


def group_is_gone(pid: int) -> bool:
    members = []
    for process in psutil.process_iter(["status"]):
        try:
            if os.getpgid(process.pid) == pid and process.info["status"] != psutil.STATUS_ZOMBIE:
                members.append(process.pid)
        except ProcessLookupError:
            continue
    return not members


@contextmanager
def supervised(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    token = f"token-{uuid.uuid4().hex}"
    command = [sys.executable, str(SUPERVISED), str(tmp_path / "logs"), token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        yield process, token


def line(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_process_and_its_children(tmp_path: Path, signum: signal.Signals) -> None:
    with supervised(tmp_path) as (process, token):
        assert line(process) == ["starting"]
        started, *pids = line(process)
        assert started == "started"
        assert len(living(token)) >= 3
        process.send_signal(signum)
        assert line(process) == ["interrupted", "by", signum.name]
        assert process.wait(20) == 0
    assert living(token) == []
    assert all(group_is_gone(int(pid)) for pid in pids)


@pytest.mark.parametrize("turn", range(5))
def test_ctrl_c_at_any_moment_of_the_start_leaves_nothing(tmp_path: Path, turn: int) -> None:
    moment = random.Random(turn).uniform(0, 0.12)  # the whole start takes about a tenth of a second
    with supervised(tmp_path) as (process, token):
        assert line(process) == ["starting"]
        threading.Event().wait(moment)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)  # the impatient press it twice
        assert process.wait(20) == 0
    assert living(token) == []


@pytest.mark.parametrize("turn", range(5))
def test_a_kill_of_the_supervisor_at_any_moment_leaves_nothing(tmp_path: Path, turn: int) -> None:
    moment = random.Random(turn).uniform(0, 0.15)
    with supervised(tmp_path) as (process, token):
        assert line(process) == ["starting"]
        threading.Event().wait(moment)
        process.kill()
    eventually(lambda: living(token) == [])


def test_a_kill_of_the_supervisor_ends_the_children_of_its_children_too(tmp_path: Path) -> None:
    with supervised(tmp_path) as (process, _):
        assert line(process) == ["starting"]
        started, *pids = line(process)
        assert started == "started"
        assert len(pids) == 3
        process.kill()
    eventually(lambda: all(group_is_gone(int(pid)) for pid in pids))


def test_a_process_that_dies_is_started_again_and_counted(tmp_path: Path) -> None:
    sleeper = Program(name="sleeper", command=("/bin/sh", "-c", "echo up; exec tail -f /dev/null"))
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(sleeper)
        process = supervisor.processes["sleeper"]
        first = process.pid
        for restarts in range(3):
            eventually(lambda n=restarts: (tmp_path / "sleeper.log").read_text() == "up\n" * (n + 1))
            assert (process.restarts, process.state) == (restarts, "running")
            if restarts < 2:
                os.kill(process.pid, signal.SIGKILL)
        assert process.pid != first
        last = process.pid
    assert not psutil.pid_exists(last)


def test_what_a_dead_process_left_of_its_group_is_ended_before_it_is_started_again(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(Program(name="family", command=("/bin/sh", "-c", "tail -f /dev/null & tail -f /dev/null")))
        process = supervisor.processes["family"]
        first = process.pid
        eventually(lambda: len(psutil.Process(first).children()) == 2)
        orphans = [child.pid for child in psutil.Process(first).children()]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: process.restarts == 1)
        eventually(lambda: all(psutil.Process(pid).status() == "zombie" for pid in orphans if psutil.pid_exists(pid)))


def test_a_guard_that_dies_is_replaced_and_knows_everything(tmp_path: Path) -> None:
    with supervised(tmp_path) as (process, token):
        assert line(process) == ["starting"]
        assert line(process)[0] == "started"
        guard = next(child for child in psutil.Process(process.pid).children() if "guard.py" in child.cmdline()[-1])
        guard.kill()
        eventually(
            lambda: any(
                child.pid != guard.pid and "guard.py" in "".join(child.cmdline()[-1:])
                for child in psutil.Process(process.pid).children()
            )
        )
        assert len(living(token)) >= 3
        process.kill()
    eventually(lambda: living(token) == [])


def test_a_program_that_ends_at_once_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    broken = Program(name="broken", command=("/bin/sh", "-c", "echo no such port; exit 3"))
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(Program(name="sound", command=("tail", "-f", "/dev/null")))
        sound = supervisor.processes["sound"].pid
        with pytest.raises(CannotStart) as failure:
            supervisor.start(Program(name="broken", command=broken.command, ready=lambda: False))
    assert "broken did not start (it ended with 3)" in str(failure.value)
    assert "no such port" in str(failure.value)
    assert not psutil.pid_exists(sound)


def test_a_program_that_is_not_ready_in_its_time_is_an_error(tmp_path: Path) -> None:
    slow = Program(name="slow", command=("tail", "-f", "/dev/null"), ready=lambda: False, ready_seconds=0.1)
    with (
        Supervisor(tmp_path) as supervisor,
        pytest.raises(CannotStart, match=r"slow did not start \(not ready after 0.1 s\)"),
    ):
        supervisor.start(slow)


def test_the_last_started_is_stopped_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    with Supervisor(tmp_path / "logs") as supervisor:
        for name in ("database", "broker", "web"):
            script = f"trap 'echo {name} >> {order}; exit' TERM; touch {tmp_path / name}; while :; do sleep 0.01; done"
            supervisor.start(Program(name=name, command=("/bin/sh", "-c", script), ready=(tmp_path / name).exists))
    assert order.read_text().split() == ["web", "broker", "database"]


def test_a_process_that_ignores_being_asked_is_killed(tmp_path: Path) -> None:
    script = f"trap '' TERM; touch {tmp_path / 'deaf'}; while :; do sleep 0.01; done"
    deaf = Program(name="deaf", command=("/bin/sh", "-c", script), ready=(tmp_path / "deaf").exists, stop_seconds=0.2)
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(deaf)
        pid = supervisor.processes["deaf"].pid
    assert not psutil.pid_exists(pid)


def test_a_program_that_is_stopped_for_good_is_not_started_again(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(Program(name="one", command=("tail", "-f", "/dev/null")))
        pid = supervisor.processes["one"].pid
        supervisor.stop("one")
        assert not psutil.pid_exists(pid)
        assert supervisor.processes == {}
