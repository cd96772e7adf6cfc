"""Rules that no import contract can state."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _calls(folder: str, name: str) -> Iterator[tuple[str, ast.expr]]:
    """Where something of this name is called, and as what: a method, or by itself."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        source = path.read_text()
        if name not in source:  # to read a file as Python takes a hundred times as long
            continue
        for node in ast.walk(ast.parse(source, filename=str(path))):
            if isinstance(node, ast.Call) and _called(node) == name:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node.func


def _called(call: ast.Call) -> str | None:
    return getattr(call.func, "attr", getattr(call.func, "id", None))


@pytest.mark.parametrize("folder", ["fulfillment", "workers", "web"])
def test_only_the_database_session_commits(folder: str) -> None:
    commits = [place for place, called in _calls(folder, "commit") if isinstance(called, ast.Attribute)]
    assert [place for place in commits if not place.startswith("fulfillment/db/session.py:")] == []


def test_no_test_sleeps() -> None:
    assert [place for place, _ in _calls("tests", "sleep")] == []
