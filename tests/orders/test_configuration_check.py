"""The checker of order configurations: what it accepts, what it refuses, and the way it gives to each fault."""

from dataclasses import replace

import pytest

from fulfillment.orders.configuration.check import MOST_POSITIONS, Fault, faults
from fulfillment.orders.configuration.configuration import DEFAULT, Configuration, Meaning, NamedState, Transition
from fulfillment.orders.configuration.shown import Position, position, shown


def with_(*transitions: Transition, **more: object) -> Configuration:
    return replace(DEFAULT, name="Ours", transitions=[*DEFAULT.transitions, *transitions], **more)


def without(*pairs: tuple[str, str]) -> Configuration:
    kept = [each for each in DEFAULT.transitions if (each.source, each.target) not in pairs]
    return replace(DEFAULT, name="Ours", transitions=kept)


def told(configuration: Configuration) -> list[tuple[str, str]]:
    return [(fault.code, " > ".join(fault.path)) for fault in faults(configuration)]


def test_what_is_built_in_is_accepted() -> None:
    assert faults(DEFAULT) == []


def test_a_way_back_to_processing_that_keeps_the_hold_is_refused_with_the_way_to_it() -> None:
    other = Configuration("Ours", DEFAULT.states, [*without(("Fraud", "Processing")).transitions])

    found = faults(replace(other, transitions=[*other.transitions, Transition("Fraud", "Processing", keeps_hold=True)]))

    assert found == [
        Fault("on_hold", "the order would be Processing, and still on hold for Fraud", ("New", "Fraud", "Processing"))
    ]


def test_a_hold_kept_beneath_another_is_seen_through() -> None:
    stacked = without(("Fraud", "Suspended"))
    stacked = replace(stacked, transitions=[*stacked.transitions, Transition("Fraud", "Suspended", keeps_hold=True)])

    assert told(stacked) == [
        ("on_hold", "New > Fraud > Suspended > New"),
        ("on_hold", "New > Fraud > Suspended > Processing"),
        ("on_hold", "New > Fraud > Suspended > Canceled"),
        ("trapped", "New > Fraud > Suspended"),
    ]


def test_a_hold_kept_beneath_another_is_accepted_where_one_is_left_after_the_other() -> None:
    states = [
        *DEFAULT.states[:4],
        NamedState("Fraud", Meaning.HOLD, "Fraud"),
        NamedState("Frozen", Meaning.HOLD, "Frozen", other_reasons=True),
    ]
    ways = [
        Transition("New", "Fraud"),
        Transition("Processing", "Fraud"),
        Transition("Fraud", "Frozen", keeps_hold=True),
        Transition("Frozen", "Fraud"),
        Transition("Fraud", "Canceled"),
    ]

    assert faults(Configuration("Ours", states, ways)) == []


@pytest.mark.parametrize(
    ("transition", "code", "path"),
    [
        (Transition("Processing", "Completed"), "derived", "New > Processing > Completed"),
        (Transition("Suspended", "Completed"), "derived", "New > Processing > Suspended > Completed"),
        (Transition("New", "Processing"), "balance_due", "New > Processing"),
        (Transition("Processing", "New"), "covered", "New > Processing > New"),
        (Transition("Canceled", "Processing"), "order_closed", "New > Canceled > Processing"),
        (Transition("Completed", "Fraud"), "order_closed", "New > Processing > Completed > Fraud"),
    ],
)
def test_a_transition_that_would_lie_is_refused_with_the_way_to_it(
    transition: Transition, code: str, path: str
) -> None:
    assert told(with_(transition)) == [(code, path)]


def test_a_hold_that_cannot_be_left_is_refused() -> None:
    trap = without(("Suspended", "New"), ("Suspended", "Processing"), ("Suspended", "Canceled"))

    assert told(trap) == [("trapped", "New > Processing > Suspended")]


def test_a_state_that_no_way_leads_to_is_refused() -> None:
    lonely = NamedState("Lost", Meaning.HOLD, "Lost")

    assert told(with_(states=[*DEFAULT.states, lonely])) == [("unreachable", "Lost")]


def test_combinations_without_end_are_refused_before_they_are_walked() -> None:
    names = [f"Hold {n}" for n in range(12)]
    states = [*DEFAULT.states[:4], *(NamedState(each, Meaning.HOLD, each, each == "Hold 0") for each in names)]
    ways = [Transition(one, other, keeps_hold=True) for one in ["New", *names] for other in names if one != other]

    assert faults(Configuration("Ours", states, ways)) == [
        Fault("too_entangled", f"more than {MOST_POSITIONS} combinations of holds are possible")
    ]


_FRAUD = DEFAULT.states[4]


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        (with_(states=[*DEFAULT.states, replace(_FRAUD, name="fraud", reason="x")]), "two states are named fraud"),
        (with_(states=[*DEFAULT.states, replace(_FRAUD, name="Scam", reason="FRAUD")]), "two states are holds for fraud"),
        (with_(states=DEFAULT.states[1:]), "exactly one state means new, not 0"),
        (
            with_(states=[*DEFAULT.states, NamedState("Packed", Meaning.PROCESSING)]),
            "exactly one state means processing, not 2",
        ),
        (
            with_(states=[*DEFAULT.states[:5], replace(DEFAULT.states[5], other_reasons=False)]),
            "exactly one hold has other_reasons: an order on hold for a reason without a name is shown as that",
        ),
        (
            with_(states=[*DEFAULT.states, replace(_FRAUD, name="Scam", reason=None)]),
            "Scam: a state has a reason exactly when it means a hold",
        ),
        (with_(Transition("Fraud", "Nowhere")), "no state is named Nowhere"),
        (with_(Transition("Fraud", "Fraud")), "Fraud leads to itself"),
        (with_(Transition("New", "Fraud")), "two transitions lead from new to fraud"),
    ],
)  # fmt: skip
def test_a_configuration_in_which_a_position_has_no_name_or_two_is_refused(
    configuration: Configuration, reason: str
) -> None:
    assert Fault("shape", reason) in faults(configuration)


@pytest.mark.parametrize(
    ("status", "covered", "holds", "name"),
    [
        ("in_progress", False, (), "New"),
        ("in_progress", True, (), "Processing"),
        ("partially_shipped", False, (), "Processing"),
        ("in_progress", True, ("fraud",), "Fraud"),
        ("in_progress", False, ("Fraud", "Suspended"), "Suspended"),
        ("in_progress", True, ("Suspended", "Fraud"), "Fraud"),
        ("in_progress", True, ("Fraud", "verify order"), "Suspended"),
        ("completed", True, (), "Completed"),
        ("canceled", False, (), "Canceled"),
    ],
)
def test_every_order_shows_one_state(status: str, *, covered: bool, holds: tuple[str, ...], name: str) -> None:
    at = position(status, covered=covered, holds=holds)

    assert at is not None
    assert shown(DEFAULT, at).name == name


def test_a_draft_shows_no_state() -> None:
    assert position("draft", covered=False, holds=()) is None


def test_only_a_covered_order_without_holds_may_ship() -> None:
    assert Position(Meaning.PROCESSING).may_ship
    assert not Position(Meaning.NEW).may_ship
    assert not Position(Meaning.PROCESSING, ("Fraud",)).may_ship
