"""The commands that the pages show, and how they are run."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- not run: (?P<reason>.+) -->\n *)?```console\n(?P<body>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """One block of commands, the line it begins at, and why it is not run, where it is not."""

    line: int
    commands: tuple[tuple[int, str], ...]
    not_run: str | None


def blocks(text: str) -> Iterator[Block]:
    for found in _BLOCK.finditer(text):
        first = text.count("\n", 0, found.start("body")) + 1
        yield Block(first, tuple(_commands(textwrap.dedent(found["body"]), first)), found["reason"])


def _commands(body: str, first: int) -> Iterator[tuple[int, str]]:
    """Each begins with `$ `; what follows belongs to it while a quotation is open or a line ends with a backslash."""
    lines = list(enumerate(body.splitlines(), start=first))
    while lines:
        number, line = lines.pop(0)
        if not line.startswith("$ "):
            continue  # what the command before it printed
        command = line[2:]
        while lines and (command.endswith("\\") or _unfinished(command)):
            command += "\n" + lines.pop(0)[1]
        yield number, command


def _unfinished(command: str) -> bool:
    """Whether a shell would wait for more: it complains, or takes the end of the text for that of a here-document."""
    read = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False)
    return bool(read.returncode or read.stderr)


def run(page: Path, *, folder: Path, environment: Mapping[str, str], address: str) -> str | None:
    """Run all commands of a page, in their order, in one shell; give what went wrong."""
    script = ["set -eo pipefail", "trap 'test $? = 0 || echo \"failed at line $at\" >&2' EXIT"]
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.not_run is None:
            for line, command in block.commands:
                script += [f"at={line}", command]
    said = "\n".join(script).replace("127.0.0.1:8080", address).replace("localhost:8080", address)
    done = subprocess.run(
        ["bash"], input=said, text=True, capture_output=True, cwd=folder, env=environment, timeout=300, check=False
    )
    return None if done.returncode == 0 else f"{page.name}: {done.stderr[-1500:]}{done.stdout[-500:]}"
