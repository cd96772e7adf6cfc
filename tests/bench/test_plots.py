"""Plots show what was measured, and fetch nothing from elsewhere."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

FIGURES = {
    "listing": {
        "orders": 1000,
        "beside_orders": 10,
        "filters": {"market": {"p95_ms": 7.5, "beside_p95_ms": 5.0}, "q: SKU": {"p95_ms": 8.0, "beside_p95_ms": 4.0}},
    },
    "lifecycle": {"windows_per_s": [700.0, 710.0, 705.0], "raw_sql_lifecycles_per_s": 873.0},
}


def test_draws_what_there_is_and_names_nothing_outside(tmp_path: Path) -> None:
    (tmp_path / "figures.json").write_text(json.dumps(FIGURES))
    # In a process of its own: the library of plots leaves a hook behind that would warn at every import of the others.
    command = [sys.executable, "-m", "fulfillment.cli", "bench", "plots", "figures.json", "plots"]

    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert said.splitlines() == ["plots/lists.svg", "plots/throughput.svg"]
    for file in said.splitlines():
        root = ET.fromstring((tmp_path / file).read_bytes())
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert not [name for each in root.iter() for name in each.attrib if name.endswith(("href", "src"))]
    lists = (tmp_path / "plots/lists.svg").read_text()
    assert all(word in lists for word in ("1,000 orders", "10 orders", "market", "q: SKU"))
    assert "plain SQL" in (tmp_path / "plots/throughput.svg").read_text()
