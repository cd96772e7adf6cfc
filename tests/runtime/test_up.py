"""`fulfillment up`, as a user runs it: from another folder, with nothing set but the data folder."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from fulfillment.settings import Settings
from tests.runtime.conditions import eventually

pytestmark = [pytest.mark.process, pytest.mark.slow]


def living(home: Path) -> list[str]:
    """Command lines of the processes that work in this data folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        try:
            ours = process.environ().get("FULFILLMENT_HOME") == str(home)
        except psutil.Error:
            continue
        command = " ".join(process.info["cmdline"] or [])
        if process.info["status"] != psutil.STATUS_ZOMBIE and (ours or str(home) in command):
            found.append(command)
    return found


@contextmanager
def started(home: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    command = [sys.executable, "-m", "fulfillment.cli", "up", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=home,
        env={**environment, "FULFILLMENT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        eventually((home / "lock").exists)
        yield process


@pytest.mark.parametrize("turn", range(4))
def test_ctrl_c_at_any_moment_of_the_start_leaves_no_process(data_folder: Path, turn: int) -> None:
    with started(data_folder) as process:
        threading.Event().wait(random.Random(turn).uniform(0.05, 2.5))
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert living(data_folder) == []


@pytest.mark.parametrize("turn", range(2))
def test_a_kill_at_any_moment_of_the_start_leaves_no_process(data_folder: Path, turn: int) -> None:
    with started(data_folder) as process:
        threading.Event().wait(random.Random(turn).uniform(0.5, 2.5))
        process.kill()
        process.communicate(timeout=60)
    eventually(lambda: living(data_folder) == [], seconds=60)


def test_it_starts_whole_and_ends_whole(data_folder: Path) -> None:
    with started(data_folder) as process:
        assert process.stdout is not None
        ready = []
        for line in process.stdout:
            if line.startswith("ready "):
                ready.append(line.split()[1])
            if line.startswith("Ctrl-C ends it."):
                break
        assert ready == ["database", "broker", "gateway", "carrier", "web", "relay-1", "worker-1", "beat-1"]
        assert len(living(data_folder)) >= 8
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert living(data_folder) == []
