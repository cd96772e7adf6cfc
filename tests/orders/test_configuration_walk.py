"""Whatever a client configures and whatever is done: a name never says that an order may ship while it may not."""

from configurations import HOLDS, accepted
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.orders.configuration.check import faults
from fulfillment.orders.configuration.configuration import Configuration, Meaning, NamedState
from fulfillment.orders.configuration.effect import contradiction, effect
from fulfillment.orders.configuration.shown import Position, shown

moves = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 6)),
        st.tuples(st.just("hold"), st.sampled_from((*HOLDS, "verify order"))),
        st.tuples(st.just("release"), st.integers(0, 3)),
        st.tuples(st.just("money"), st.integers(0, 1)),
    ),
    max_size=25,
)


@given(accepted())
def test_what_was_mended_is_accepted(configuration: Configuration) -> None:
    assert faults(configuration) == []


@given(accepted(), moves)
def test_a_state_that_may_be_set_is_what_the_order_then_shows_and_is(
    configuration: Configuration, sequence: list[tuple[str, int | str]]
) -> None:
    at = Position(Meaning.NEW)
    for name, value in sequence:
        before, at = at, _moved(configuration, at, name, value)
        state = shown(configuration, at)
        assert at.may_ship == (state.meaning == Meaning.PROCESSING)
        assert (state.meaning == Meaning.HOLD) == bool(at.holds)
        if before.beneath == Meaning.CANCELED:
            assert at == before


def _moved(configuration: Configuration, at: Position, name: str, value: int | str) -> Position:
    if at.beneath == Meaning.CANCELED:
        return at
    match name:
        case "hold":
            return Position(at.beneath, (*at.holds, str(value)))
        case "release":
            return Position(at.beneath, at.holds[: int(value)] + at.holds[int(value) + 1 :])
        case "money":
            return Position(Meaning.PROCESSING if value else Meaning.NEW, at.holds)
        case _:
            return _set(configuration, at, configuration.states[int(value) % len(configuration.states)])


def _set(configuration: Configuration, at: Position, target: NamedState) -> Position:
    transition = configuration.transition(shown(configuration, at), target)
    if transition is None:
        return at
    done = effect(configuration, transition, at)
    if contradiction(configuration, at, done) is not None:
        return at
    assert shown(configuration, done.after) == target
    assert target.meaning != Meaning.COMPLETED
    return done.after
