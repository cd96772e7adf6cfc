"""JSON that is taken, and what is refused."""

import contextlib
import json as standard
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import json
from web.json import BadJsonError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_what_json_can_say_is_taken_as_it_is(value: object) -> None:
    for text in (
        standard.dumps(value),
        standard.dumps(value, ensure_ascii=False, indent=1),
        json.dumps(value).decode(),
    ):
        assert json.loads(text.encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\u0dD8 1e-.tn', max_size=200).map(str.encode))
def test_anything_else_is_refused_in_one_way(raw: bytes) -> None:
    with contextlib.suppress(BadJsonError):
        json.dumps(json.loads(raw))


@pytest.mark.parametrize("depth", [1, 20])
def test_twenty_levels_are_taken(depth: int) -> None:
    assert json.loads(b"[" * depth + b"]" * depth) is not None
    with pytest.raises(BadJsonError, match="deeper than 20"):
        json.loads(b"[" * 21 + b"]" * 21)


def test_brackets_in_strings_are_no_levels() -> None:
    text = '["' + "[{" * 500 + '\\"[[", "\\\\", "' + "[" * 500 + '"]'

    assert len(json.loads(text.encode())) == 3


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    assert json.loads(rb'["\\u0000","\\ud800"]') == ["\\u0000", "\\ud800"]
    assert json.loads(rb'["\ud83d\ude00"]') == ["\U0001f600"]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"' + b'\\"' * 500_000 + b"[" * 30,
        b'["' * 300_000,
        b"\\" * 1_000_000 + b"[" * 30,
        b'"' * 1_000_001 + b"[" * 30,
        b"[" + b"1," * 400_000 + b"1]" + b"[" * 30,
        b'{"a":' + b"9" * 1_000_000 + b"}",
    ],
)
def test_nothing_of_a_megabyte_keeps_the_parser_busy(raw: bytes) -> None:
    started = time.process_time()

    with pytest.raises(BadJsonError):
        json.loads(raw)

    assert time.process_time() - started < 2
