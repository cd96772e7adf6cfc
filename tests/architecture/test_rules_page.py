"""docs/rules.md says which tests show which rule; it must be true, and no rule may be without a test."""

import subprocess
import sys
from pathlib import Path

import pytest
import rules_page
from rules import RULES

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fresh_page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Made from the tests that this run has collected; where these are not all that show a rule, from a collection of those."""
    marked = {file for file in (_ROOT / "tests").rglob("test_*.py") if "mark.rule(" in file.read_text()}
    if rules_page.is_whole(request.session, marked):
        return rules_page.page(rules_page.shown_by(request.session.items))
    path = tmp_path_factory.mktemp("rules") / "rules.md"
    command = (sys.executable, "-m", "pytest", "--quiet", "--collect-only", "-p", "no:cacheprovider", "-n", "0")
    files = (str(file) for file in sorted(marked))
    subprocess.run((*command, f"--rules-page={path}", *files), cwd=_ROOT, check=True, capture_output=True, timeout=110)
    return path.read_text()


def test_every_rule_is_shown_by_a_test(fresh_page: str) -> None:
    shown = {
        rule
        for rule in RULES
        if "\n- "
        in fresh_page.split(f"**{rule}**", maxsplit=1)[1].split("\n**", maxsplit=1)[0].split("\n##", maxsplit=1)[0]
    }

    assert set(RULES) - shown == set()


def test_the_page_of_rules_is_as_the_tests_say(fresh_page: str) -> None:
    assert (_ROOT / "docs" / "rules.md").read_text() == fresh_page, "run `make rules`"
