"""docs/rules.md says which tests show which rule; it must be true, and no rule may be without a test."""

import subprocess
import sys
from pathlib import Path

import pytest
from rules import RULES

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def fresh_page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("rules") / "rules.md"
    command = (sys.executable, "-m", "pytest", "--quiet", "--collect-only", "-p", "no:cacheprovider", "-n", "0")
    subprocess.run((*command, f"--rules-page={path}"), cwd=_ROOT, check=True, capture_output=True, timeout=110)
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
