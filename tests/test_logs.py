"""What is logged names ids and reasons, never what a person wrote, nor the row that a database did not take."""

import json

import pytest
import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from fulfillment import logs


def test_an_error_is_logged_with_its_place_and_without_its_values(
    engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(structlog._config._CONFIG, "is_configured", False)
    before = structlog.get_config()
    logs.configure("INFO")
    structlog.configure(cache_logger_on_first_use=False)
    try:
        for statement, value in (
            ("INSERT INTO customer (name, created_at) VALUES (:said, NULL)", "Zerafina\nQuillhaven"),
            ("SELECT CAST(:said AS bigint)", "zera@canary.example"),
        ):
            try:
                with engine.connect() as connection:
                    connection.execute(text(statement), {"said": value})
            except DBAPIError as error:
                structlog.get_logger().error("request.broken", request_id="r1", exc_info=error)
    finally:
        structlog.configure(**before)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["request.broken"] * 2
    assert not [word for line in lines for word in ("Zerafina", "Quillhaven", "canary") if word in line["exception"]]
    assert 'null value in column "created_at"' in lines[0]["exception"]
    assert 'invalid input syntax for type bigint: "..."' in lines[1]["exception"]
    assert [__file__ in line["exception"] for line in lines] == [True, True]
