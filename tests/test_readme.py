"""What the README says is so."""

from pathlib import Path

from click.testing import CliRunner

from fulfillment.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text()


def test_the_readme_lists_the_settings_as_the_command_does() -> None:
    listed = CliRunner().invoke(main, ["settings", "--markdown"]).output

    assert README.split("<!-- settings -->\n")[1].split("<!-- /settings -->")[0] == listed


def test_every_command_the_readme_names_exists() -> None:
    known = CliRunner().invoke(main, ["--help"]).output

    named = {line.split("fulfillment ")[1].split()[0] for line in README.splitlines() if "bin/fulfillment " in line}
    assert named == {"check", "chaos", "bench", "replay", "user"}
    assert all(name in known for name in named)
