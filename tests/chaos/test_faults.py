"""A few faults on the links of a real system; all of them are a command."""

import pytest

from fulfillment.chaos.faults.kinds import FAULTS
from fulfillment.chaos.faults.run import run_faults

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(900)]


def test_what_goes_wrong_on_a_link_loses_nothing_and_does_nothing_twice(data_folder):
    names = (
        "database: restart at once",
        "gateway: answer lost",
        "broker: restart without persistence",
        "messages: out of order and twice",
    )
    outcome = run_faults(data_folder, names, seconds=2)

    assert [each.fault for each in outcome.weathered] == list(names)
    assert [(each.fault, each.verdict.findings, each.problems) for each in outcome.weathered] == [
        (name, [], []) for name in names
    ]


def test_each_link_has_every_kind_of_fault():
    kinds = {"time-out", "answer lost", "reset", "unreachable", "half-open", "black hole", "slow"}
    assert {f"{link}: {kind}" for link in ("database", "broker", "gateway") for kind in kinds} <= set(FAULTS)
