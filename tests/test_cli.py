"""What the environment says wrongly is told in a sentence."""

import pytest
from click.testing import CliRunner

from fulfillment.cli import main


@pytest.mark.parametrize("command", [["up"], ["check"], ["db", "upgrade"], ["api-key", "list"]])
def test_settings_that_cannot_be_meant_are_named_and_their_values_are_not(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://shop:secret@db/orders")
    monkeypatch.setenv("LEASE_SECONDS", "soon")

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 1
    assert result.output.startswith("Error: DATABASE_URL: must start with one of postgresql+psycopg:, postgresql:")
    assert "LEASE_SECONDS: Input should be a valid integer" in result.output
    assert "secret" not in result.output


@pytest.mark.parametrize("command", [["check"], ["db", "upgrade"], ["api-key", "list"]])
def test_a_database_that_does_not_answer_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://shop:secret@127.0.0.1:1/orders")

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 1
    assert result.output.startswith("Error: the database does not answer (DATABASE_URL): ")
    assert "Connection refused" in result.output
    assert "secret" not in result.output
