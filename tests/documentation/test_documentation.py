"""The documentation is built without a warning, its links lead somewhere, and every command it shows works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from documentation.console import blocks, run
from needs import needs

from fulfillment.runtime.system import System
from fulfillment.runtime.up import Shape, up
from fulfillment.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The tutorial opens the shop that the others find.
PAGES = sorted(DOCS.rglob("*.md"), key=lambda page: (page.name != "tutorial.md", str(page)))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def test_it_is_built_without_a_warning_and_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 40

    for page in pages:
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"([^\"]+)\"", page.read_text())
        assert [each for each in loaded if urlsplit(each).netloc] == [], page


def test_what_is_drawn_from_the_code_is_whole(site: Path) -> None:
    states = (site / "reference" / "states.html").read_text()
    assert "awaiting inventory" in states
    assert states.count('<svg class="machine"') >= 10
    assert "/v1/checkouts" in (site / "reference" / "api.html").read_text()
    assert "LEASE_SECONDS" in (site / "reference" / "settings.html").read_text()
    assert "fulfillment chaos kill-loop" in (site / "reference" / "commands.html").read_text()
    assert "shipments.add_to_picklist" in (site / "reference" / "process.html").read_text()


def test_the_links_of_the_readme_lead_somewhere() -> None:
    linked = re.findall(r"\]\(([^)#]+)", (ROOT / "README.md").read_text())
    assert linked
    assert [each for each in linked if not urlsplit(each).scheme and not (ROOT / each).exists()] == []


def test_commands_are_read_as_a_shell_reads_them() -> None:
    text = "```console\n$ echo 'one\ntwo'\none\ntwo\n$ echo a \\\n   b\n```\n<!-- not run: no docker -->\n```console\n$ docker\n```"
    first, second = blocks(text)
    assert first.commands == ((2, "echo 'one\ntwo'"), (6, "echo a \\\n   b"))
    assert (first.not_run, second.not_run) == (None, "no docker")


@pytest.fixture
def system(data_folder: Path) -> Iterator[System]:
    with up(Settings.for_trial(fulfillment_home=data_folder), Shape(durable=False)) as started:
        yield started


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(600)  # a busy machine starts each command slowly
def test_every_command_of_the_pages_works(system: System, tmp_path: Path) -> None:
    for program in ("bash", "curl", "jq"):
        needs(shutil.which(program), program)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    environment = {
        **inherited,
        "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "FULFILLMENT_HOME": str(system.settings.home),
    }
    address = urlsplit(system.web_url).netloc

    told = [run(page, folder=tmp_path, environment=environment, address=address) for page in PAGES]

    assert [each for each in told if each is not None] == []
