"""One system at a time works in a data folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fulfillment.runtime import home
from fulfillment.runtime.faults import CannotStart

HOLD = "import sys, pathlib; from fulfillment.runtime import home\nwith home.claimed(pathlib.Path(sys.argv[1])): print(1, flush=True); sys.stdin.read()"


def test_a_folder_in_use_is_refused_with_the_process_that_has_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(CannotStart, match=re.escape(f"process {holder.pid}")), home.claimed(tmp_path):
            pass
        holder.kill()
    with home.claimed(tmp_path):  # a lock dies with its process
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="set FULFILLMENT_HOME"), home.claimed(tmp_path / "file" / "home"):
        pass
