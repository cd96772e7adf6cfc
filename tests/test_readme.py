"""What the README says is so."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fulfillment.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_every_command_the_readme_names_exists() -> None:
    known = CliRunner().invoke(main, ["--help"]).output

    named = {line.split("fulfillment ")[1].split()[0] for line in README.splitlines() if "bin/fulfillment " in line}
    assert named == {"check", "chaos", "bench", "replay"}
    assert all(name in known for name in named)


def test_every_target_the_readme_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = {line.split()[1] for line in README.splitlines() if line.startswith("make ")} | {"secrets", "docs", "help"}
    assert {name for name in named if f"\n{name}: " not in makefile} == set()


def test_its_picture_is_as_the_tables_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "drawn"))
    import pictures

    for file, picture in pictures.drawn().items():
        assert file.read_text(encoding="utf-8") == picture, "run make pictures"
        assert file.relative_to(ROOT).as_posix() in README
