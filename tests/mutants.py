"""
Mutation testing of the rules: mutmut changes one thing at a time, and a test must notice each. `make mutants` runs it.

A mutant that survives is either a rule that no test shows, or a change that makes no difference; docs/proof.md tells which.
It works on a copy of the repository, on a database server of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fulfillment.db.migrate import upgrade
from fulfillment.runtime import databases, home, postgres
from fulfillment.runtime.supervisor import Supervisor

ROOT = Path(__file__).parents[1]
_TEMPLATE = "template_of_mutants"
_COPIED = ("tests", "docs", "README.md", "CHANGELOG.md", "Makefile", "mkdocs.yml")
_RUN = "import sys; sys.path.append(sys.argv.pop(1)); from mutmut.__main__ import cli; cli()"
_KILLED, _SURVIVED, _UNTESTED, _UNTRIED = "killed", "survived", "no tests", "untried"
_BY_EXIT_CODE = {0: _SURVIVED, 33: _UNTESTED, 5: _UNTESTED}
"""Of the run of the tests on one mutant; any other that is not None is a test that failed, or that did not come to its end."""


@dataclass(frozen=True)
class Part:
    """Modules, and the tests that are to notice what is changed in them."""

    modules: Sequence[str]
    tests: Sequence[str]


PARTS = {
    "states": Part(["fulfillment/kernel/machine.py"], ["tests/kernel/test_machine.py"]),
    "webhooks": Part(["fulfillment/kernel/webhook.py"], ["tests/kernel/test_webhook.py"]),
    "shares": Part(
        ["fulfillment/kernel/money.py", "fulfillment/payments/amounts/spread.py"],
        ["tests/kernel/test_money.py", "tests/payments/test_spread.py"],
    ),
    "ledger": Part(
        ["fulfillment/payments/ledger/enter.py", "fulfillment/payments/amounts/owed.py"],
        [
            "tests/payments/test_authorize.py",
            "tests/payments/test_capture.py",
            "tests/payments/test_refund.py",
            "tests/payments/test_owed.py",
        ],
    ),
    "stock": Part(
        ["fulfillment/inventory/on_hand.py"],
        [
            "tests/inventory/test_assign.py",
            "tests/inventory/test_bins.py",
            "tests/inventory/test_reported_stock_faults.py",
        ],
    ),
    "authorization": Part(["fulfillment/access/keys.py", "web/access.py"], ["tests/access", "tests/web/test_roles.py"]),
    "idempotency": Part(
        ["fulfillment/idempotency/keys.py", "web/idempotency.py"],
        ["tests/web/test_idempotency.py", "tests/web/test_invoice_number.py"],
    ),
}


def main() -> int:
    """Run the parts that are named, or all, and tell of each mutant that no test noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="only these")
    parser.add_argument("--mutmut", required=True, help="the folder in which mutmut is installed")
    parser.add_argument("--children", type=int, default=os.cpu_count(), help="processes at once")
    parser.add_argument("--minutes", type=float, help="end a part after so long: its score is then of what was tried")
    asked = parser.parse_args()
    for name in asked.parts or PARTS:
        with home.temporary() as folder, Supervisor(folder / "logs") as supervisor:
            server = postgres.cluster(folder, durable=False)
            server.start(supervisor)
            upgrade(databases.create(server.url(), _TEMPLATE))
            found = _run(folder / "copy", PARTS[name], server.url(), asked)
        _tell(name, found)
    return 0


def _run(copy: Path, part: Part, database_url: str, asked: argparse.Namespace) -> dict[str, str]:
    """Give what became of each mutant."""
    _copy_to(copy)
    with (copy / "pyproject.toml").open("a") as project:
        project.write(_configuration(part))
    environment = {**os.environ, "TEST_DATABASE_URL": database_url, "TEST_TEMPLATE": _TEMPLATE}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, "-c", _RUN, asked.mutmut, "run", "--max-children", str(asked.children)]
    with subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    ) as mutating:
        try:
            mutating.wait(timeout=asked.minutes and asked.minutes * 60)
        except subprocess.TimeoutExpired:
            os.killpg(mutating.pid, signal.SIGKILL)
    found = {}
    for module in part.modules:
        told = json.loads((copy / "mutants" / f"{module}.meta").read_text())["exit_code_by_key"]
        found |= {name: _UNTRIED if code is None else _BY_EXIT_CODE.get(code, _KILLED) for name, code in told.items()}
    return found


def _copy_to(copy: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        target = copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())


def _configuration(part: Part) -> str:
    settings = {
        "source_paths": ["fulfillment", "web", "workers"],
        "only_mutate": list(part.modules),
        "also_copy": list(_COPIED),
        "pytest_add_cli_args": ["-n", "0", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": list(part.tests),
    }
    return "\n[tool.mutmut]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def _tell(part: str, found: dict[str, str]) -> None:
    counts = Counter(found.values())
    tried = len(found) - counts[_UNTRIED]
    score = round(100 * counts[_KILLED] / tried) if tried else 0
    print(f"{part}: {tried} of {len(found)} mutants tried, {counts[_KILLED]} killed ({score} %)", flush=True)
    for name, end in sorted(found.items()):
        if end not in (_KILLED, _UNTRIED):
            print(f"  {end}: {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
