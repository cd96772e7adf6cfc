"""`docs/rules.md`: each rule, and the tests that show it. Made while tests are collected: `make rules`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest
from rules import RULES

_CHAPTERS: Final = {
    "ST": "The structure of an order",
    "OL": "The life of an order",
    "NO": "Notes",
    "LI": "Line items, prices, promotions",
    "AD": "Addresses and shipping",
    "SH": "Shipments",
    "PY": "Payments",
    "LA": "Labels",
    "RT": "Returns",
    "EX": "Exchanges",
    "FI": "Lists and filters",
    "RO": "Roles",
}
_LEFT_OUT: Final = pytest.StashKey[bool]()
_HEAD: Final = """# Rules, and the tests that show them

What the documents behind order management ask for, in our words. Made by `make rules` from `tests/rules.py` and the
markers of the tests; a test fails when this page is not true, or when a rule has no test.
"""


def shown_by(items: Iterable[pytest.Item]) -> dict[str, set[str]]:
    """Give the tests (file and function) by the rules they are marked with. Raises UsageError for a rule nobody wrote."""
    found: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for mark in item.iter_markers("rule"):
            for rule in mark.args:
                if rule not in RULES:
                    raise pytest.UsageError(f"{item.nodeid} is marked with {rule}, which tests/rules.py does not know")
                found[rule].add(item.nodeid.split("[", maxsplit=1)[0])
    return found


def is_whole(session: pytest.Session, files: set[Path]) -> bool:
    """Whether a run has collected these files, and left out nothing that was in them."""
    chosen = any("::" in argument for argument in session.config.args) or session.config.stash.get(
        _LEFT_OUT, default=False
    )
    return not chosen and files <= {item.path for item in session.items}


def note_left_out(config: pytest.Config) -> None:
    """Keep in mind that tests were left out of what was collected."""
    config.stash[_LEFT_OUT] = True


def page(tests: Mapping[str, set[str]]) -> str:
    """Write the page."""
    parts = [_HEAD]
    for chapter, rules in groupby(RULES, key=lambda rule: rule.rstrip("0123456789")):
        parts.append(f"## {_CHAPTERS[chapter]}\n")
        for rule in rules:
            shown = "".join(f"- {_sentence(test)}\n" for test in sorted(tests.get(rule, ())))
            parts.append(f"**{rule}** {RULES[rule]}\n\n{shown}" if shown else f"**{rule}** {RULES[rule]}\n")
    return "\n".join(parts)


def _sentence(test: str) -> str:
    """A test by what it says, and where it stands."""
    file, *_, name = test.split("::")
    return f"{name.removeprefix('test_').replace('_', ' ')} (`{file}`)"


def write(path: Path, items: Iterable[pytest.Item]) -> None:
    """Write the page to a file."""
    path.write_text(page(shown_by(items)))
