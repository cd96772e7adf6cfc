"""The page of the proof names tests that there are, and leaves out none that answers a report."""

import ast
import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs/proof.md").read_text()
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_is_named_is_there():
    named = _NAMED.findall(_PAGE)
    missing = [f"{file}::{name}" for file, name in named if name not in {"", *_functions(_ROOT / file)}]
    assert missing == []
    assert len(named) > 50


def test_every_test_that_answers_a_report_is_named():
    named = {name for _, name in _NAMED.findall(_PAGE)}
    marked = {
        function.name
        for file in (_ROOT / "tests").rglob("test_*.py")
        if "mark.peer(" in (text := file.read_text())
        for function in _definitions(text)
        if any("mark.peer(" in ast.unparse(each) for each in function.decorator_list)
    }
    assert marked - named == set()
    assert len(marked) > 20


def _functions(file: Path) -> set[str]:
    return {each.name for each in _definitions(file.read_text())}


def _definitions(text: str) -> list[ast.FunctionDef]:
    return [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef)]
