"""The command line: what is refused before anything is done, and what a dry run tells."""

import json

import pytest
from click.testing import CliRunner

from fulfillment.cli import main

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROWS = (
    "700001,10001,BRASS BELL,6,2010-12-06 09:00:00,2.55,17001.0,United Kingdom\n"
    "C700002,10001,BRASS BELL,-1,2010-12-06 10:00:00,2.55,17001.0,United Kingdom\n"
    "C700003,10009,NEVER SOLD,-1,2010-12-06 11:00:00,1.00,17001.0,United Kingdom\n"
)


@pytest.fixture
def replay(tmp_path, monkeypatch):
    monkeypatch.delenv("FULFILLMENT_URL", raising=False)
    monkeypatch.delenv("FULFILLMENT_KEY", raising=False)
    (tmp_path / "day.csv").write_text(HEADER + ROWS)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "dates.csv").write_text(HEADER + ROWS.replace("2010-12-06 09:00:00", "12/6/2010 9:00").splitlines()[0])

    def run(*arguments: str):
        named = [str(tmp_path / each) if each.endswith(".csv") else each for each in arguments]
        return CliRunner().invoke(main, ["replay", *named])

    return run


def test_a_dry_run_tells_what_would_be_done(replay, tmp_path):
    result = replay("--dry-run", "--json", "--report", "listed.csv", "day.csv")

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["rows"] == {"in": 3, "acted_on": 2, "listed": 1}
    assert told["money"] == {"in": "11.75", "orders": "15.30", "refunds": "2.55", "listed": "-1.00"}
    assert (told["api"], told["changed"]) == (None, None)
    assert [line.split(",")[1] for line in (tmp_path / "listed.csv").read_text().splitlines()] == ["line", "4"]


def test_a_dry_run_for_people_says_that_nothing_was_done(replay):
    result = replay("--dry-run", "day.csv")

    assert result.exit_code == 0
    assert "1 orders" not in result.stdout
    assert "Nothing was done: this was a dry run." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["other.csv"], "the columns must be InvoiceNo"),
        (["dates.csv"], "line 2: the date '12/6/2010 9:00' is none: it must be like 2010-12-01 08:26:00"),
        (["day.csv", "day.csv"], "is the same file as"),
        (["missing.csv"], "does not exist"),
        ([], "Missing argument"),
        (["--url", "http://127.0.0.1:9", "day.csv"], "--url needs the --key of an administrator"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(replay, arguments, message):
    result = replay(*arguments)

    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")
    assert result.stdout == ""
