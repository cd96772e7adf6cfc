"""`fulfillment demo`, as a user runs it: piped, with nothing set."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from runtime.conditions import eventually

from fulfillment.demo.plan import LEAST
from fulfillment.settings import Settings

pytestmark = [pytest.mark.process, pytest.mark.slow]


@contextmanager
def started(folder: Path, *arguments: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, with `folder` for temporary files and an empty home."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    with subprocess.Popen(
        [sys.executable, "-m", "fulfillment.cli", "demo", *arguments],
        cwd=folder,
        env={**inherited, "TMPDIR": str(folder), "HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        yield process


def living(folder: Path) -> list[str]:
    """Command lines of the processes that work below this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = " ".join(process.info["cmdline"] or [])
        try:
            ours = str(folder) in command or process.environ().get("TMPDIR") == str(folder)
        except psutil.Error:
            continue
        if ours and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(command)
    return found


def left(folder: Path) -> list[str]:
    """Temporary folders that were not removed."""
    return [path.name for path in folder.iterdir() if path.name != "home"]


def test_a_small_day_ends_as_planned_and_leaves_nothing_behind(data_folder: Path) -> None:
    with started(data_folder, "--orders", str(LEAST)) as process:
        output = process.communicate(timeout=110)[0]
    assert process.returncode == 0, output
    assert f"All {LEAST} checkouts ended as planned." in output
    assert re.search(r"fulfillment check: clean, all \d+ invariants hold\.", output)
    assert "\x1b" not in output
    assert "Traceback" not in output
    assert len(output.splitlines()) < 100
    assert (living(data_folder), left(data_folder)) == ([], [])
    assert list((data_folder / "home").iterdir()) == []


@pytest.mark.parametrize("turn", range(2))
def test_ctrl_c_at_any_moment_leaves_neither_process_nor_folder(data_folder: Path, turn: int) -> None:
    with started(data_folder, "--orders", str(LEAST)) as process:
        assert process.stdout is not None
        # Every second turn strikes in the day, the others in the start.
        if turn % 2:
            assert "starting the system" in process.stdout.readline()  # said when it is done
        else:
            eventually(lambda: left(data_folder) != [], seconds=60)  # before that there is nothing to leave behind
        threading.Event().wait(random.Random(turn).uniform(0.5, 3))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)  # the impatient press it twice
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 130, output
    assert "Stopped; nothing is left running." in output
    assert "Traceback" not in output
    assert (living(data_folder), left(data_folder)) == ([], [])


def test_serve_stays_up_with_working_keys_until_ctrl_c(data_folder: Path) -> None:
    kept = data_folder / "kept"
    with started(data_folder, "--serve", "--orders", str(LEAST), FULFILLMENT_HOME=str(kept)) as process:
        assert process.stdout is not None
        output = ""
        for line in process.stdout:
            output += line
            if line.startswith("Ctrl-C ends it."):
                break
        [url] = re.findall(r"^API +(\S+)", output, re.MULTILINE)
        keys = dict(re.findall(r"^key +(\w+) +(\S+)", output, re.MULTILINE))
        assert keys.keys() == {"storefront", "csr", "warehouse", "admin"}
        held = httpx.get(f"{url}/v1/orders?status=on_hold", headers={"Authorization": f"Bearer {keys['csr']}"})
        assert [order["status"] for order in held.json()["orders"]] == ["on_hold"]
        assert len(re.findall(r"^  curl ", output, re.MULTILINE)) == 3
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert living(data_folder) == []
    assert (kept / "outbox").is_dir()


def test_serve_does_not_touch_a_folder_that_is_in_use(data_folder: Path) -> None:
    kept = data_folder / "kept"
    kept.mkdir()
    (kept / "precious").write_text("do not touch")
    with started(data_folder, "--serve", FULFILLMENT_HOME=str(kept)) as process:
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "is not empty" in output
    assert [path.name for path in kept.iterdir()] == ["precious"]
