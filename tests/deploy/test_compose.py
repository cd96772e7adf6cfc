"""The files for docker compose: held against its specification, and against what they start. (They are not run here.)"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from compose_pydantic import ComposeSpecification

from fulfillment.cli import main
from fulfillment.settings import Settings
from fulfillment.settings.held_in_files import IN_FILES, file_of
from workers.app import TIME_LIMIT_SECONDS

ROOT = Path(__file__).parents[2]
NAMES = ("docker-compose.yml", "docker-compose.rabbitmq.yml")
OURS = ("migrate", "gateway", "carrier", "web", "relay", "worker", "beat")
OF_NO_SETTING = {"FULFILLMENT_READY_FILE"}


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return {key: value for key, value in found.items() if not key.startswith("x-")}


@pytest.fixture
def compose() -> dict[str, Any]:
    return read("docker-compose.yml")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_as_the_specification_says(name: str) -> None:
    ComposeSpecification.model_validate(read(name))


def test_a_member_that_compose_does_not_know_would_be_found(compose: dict[str, Any]) -> None:
    compose["services"]["web"]["stop_grace"] = "40s"
    with pytest.raises(ValueError, match="stop_grace"):
        ComposeSpecification.model_validate(compose)


def test_all_that_it_names_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        assert set(service.get("secrets", ())) <= compose["secrets"].keys()
        assert {mount.split(":")[0] for mount in service.get("volumes", ())} <= compose["volumes"].keys()
        assert "restart" in service
    assert [name for name, service in services.items() if "healthcheck" not in service] == ["migrate"]
    assert read(NAMES[1])["services"].keys() <= services.keys()


def test_the_secrets_it_wants_are_written_once(compose: dict[str, Any], tmp_path: Path) -> None:
    wanted = {Path(secret["file"]).name for secret in compose["secrets"].values()}

    def written() -> dict[str, str]:
        subprocess.run([sys.executable, ROOT / "deploy" / "write_secrets.py", tmp_path / "secrets"], check=True)
        return {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}

    first = written()
    assert first.keys() == wanted
    assert written() == first
    assert first["database_password"].strip() in first["database_url"]


def test_its_variables_are_settings_that_can_be_meant(
    compose: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, ROOT / "deploy" / "write_secrets.py", tmp_path], check=True)
    known = {name.upper() for name in Settings.model_fields} | {file_of(name) for name in IN_FILES} | OF_NO_SETTING
    more = read(NAMES[1])["services"]
    for name in OURS:
        said = {**compose["services"][name]["environment"], **more.get(name, {}).get("environment", {})}
        assert said.keys() <= known
        for variable in known:
            monkeypatch.delenv(variable, raising=False)
        for variable, value in said.items():
            monkeypatch.setenv(variable, str(value).replace("/run/secrets", str(tmp_path)))
        settings = Settings()
        assert settings.database_url is not None
        assert settings.database_url.startswith("postgresql+psycopg://fulfillment:")
        assert (settings.gateway_webhook_secret, settings.carrier_webhook_secret) != (None, None)
        assert settings.broker == (
            "amqp://fulfillment:fulfillment@broker:5672//" if name in more else "redis://broker:6379/0"
        )


def test_its_commands_are_there_with_their_options(compose: dict[str, Any]) -> None:
    for name in OURS:
        said = compose["services"][name]["command"]
        program, *rest = shlex.split(said) if isinstance(said, str) else said
        if program != "fulfillment":
            assert (Path(sys.executable).parent / program).exists()
            continue
        command: click.Command = main
        while isinstance(command, click.Group):
            found = command.get_command(click.Context(command), rest.pop(0))
            assert found is not None
            command = found
        command.make_context(name, rest)


def test_who_works_may_finish_before_they_are_killed(compose: dict[str, Any]) -> None:
    assert int(compose["services"]["worker"]["stop_grace_period"].removesuffix("s")) > TIME_LIMIT_SECONDS
    assert int(compose["services"]["web"]["stop_grace_period"].removesuffix("s")) > 30  # a statement's longest


def test_the_image_has_what_it_starts_and_none_of_the_secrets() -> None:
    image = (ROOT / "Dockerfile").read_text()
    assert all(f"COPY {folder} {folder}" in image for folder in ("fulfillment", "workers", "web"))
    assert "USER fulfillment" in image
    assert "secrets" in (ROOT / ".dockerignore").read_text().split()
