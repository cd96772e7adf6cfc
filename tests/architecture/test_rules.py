"""Rules that no import contract can state."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _calls(folder: str) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(), filename=str(path))):
            if isinstance(node, ast.Call):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _is_method(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == name


@pytest.mark.parametrize("folder", ["fulfillment", "workers", "web"])
def test_only_the_database_session_commits(folder: str) -> None:
    commits = [place for place, call in _calls(folder) if _is_method(call, "commit")]
    assert [place for place in commits if not place.startswith("fulfillment/db/session.py:")] == []


def test_no_test_sleeps() -> None:
    sleeps = [place for place, call in _calls("tests") if _is_method(call, "sleep")]
    named = [place for place, call in _calls("tests") if isinstance(call.func, ast.Name) and call.func.id == "sleep"]
    assert sleeps + named == []
