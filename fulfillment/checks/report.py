"""What `fulfillment check` prints: a table for people, or one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from fulfillment.checks.check import Finding


def as_json(findings: Sequence[Finding]) -> str:
    """Write one object on one line: how many invariants were checked, and every violation with its rows."""
    broken = [finding for finding in findings if not finding.holds]
    return json.dumps(
        {
            "ok": not broken,
            "invariants": len(findings),
            "violations": [
                {
                    "invariant": finding.invariant.name,
                    "sentence": finding.invariant.sentence,
                    "count": finding.count,
                    "rows": finding.rows,
                }
                for finding in broken
            ],
            "seconds": round(sum(finding.seconds for finding in findings), 3),
        },
        default=str,
    )


def print_table(findings: Sequence[Finding], console: Console) -> None:
    """Print every invariant with its outcome, then the rows that break one."""
    table = Table("invariant", "what must be true", "violations", title="fulfillment check")
    for finding in findings:
        outcome = "[green]none[/]" if finding.holds else f"[bold red]{finding.count}[/]"
        table.add_row(finding.invariant.name, finding.invariant.sentence, outcome)
    console.print(table)
    broken = [finding for finding in findings if not finding.holds]
    for finding in broken:
        console.print(f"\n[bold red]{finding.invariant.name}[/]: {finding.invariant.sentence}")
        for row in finding.rows:
            console.print(f"  {_told(row)}", markup=False, highlight=False, soft_wrap=True)
        if finding.count > len(finding.rows):
            console.print(f"  and {finding.count - len(finding.rows)} more", markup=False)
    summary = f"{len(broken)} of {len(findings)} invariants do not hold" if broken else f"all {len(findings)} hold"
    console.print(f"\n{summary}", style="bold red" if broken else "bold green")


def _told(row: Mapping[str, Any]) -> str:
    return "  ".join(f"{name}={value}" for name, value in row.items())
