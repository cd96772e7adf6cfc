"""A program for the tests: a supervisor with three children, each of which has a child of its own.

Usage: supervised.py LOGS TOKEN. The token stands in every command line, so that what was left behind can be found.
"""

import sys
import threading
from pathlib import Path

from fulfillment.runtime.interrupts import Interrupted, interruptible
from fulfillment.runtime.program import Program
from fulfillment.runtime.supervisor import Supervisor

FAMILY = "tail -f /dev/null --pid=1 & tail -f /dev/null; : $0"


def family(name: str, token: str) -> Program:
    return Program(name=name, command=("/bin/sh", "-c", FAMILY, token))


def main(logs: Path, token: str) -> None:
    try:
        with interruptible(), Supervisor(logs) as supervisor:
            print("starting", flush=True)
            supervisor.start(family("first", token))
            supervisor.start(family("second", token), family("third", token))
            print("started", *(process.pid for process in supervisor.processes.values()), flush=True)
            threading.Event().wait()
    except Interrupted as interrupted:
        print("interrupted by", interrupted.signal.name, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
