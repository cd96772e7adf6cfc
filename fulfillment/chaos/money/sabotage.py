"""Sabotage, for the judge to find: one rule of how money is moved is broken on purpose, for as long as the block lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from fulfillment.payments.attempts import settle
from fulfillment.payments.gateway.port import Answer, Gateway, Request, Result
from fulfillment.payments.queries import Attempt
from fulfillment.workflow import money


def _a_new_key_on_every_send() -> None:
    honest = money._request  # noqa: SLF001 - sabotage

    def under_a_new_key(attempt: Attempt) -> Request:
        request = honest(attempt)
        return replace(request, key=uuid4().hex) if attempt.sends > 1 else request

    def never_ask(gateway: Gateway, attempts: Sequence[Attempt], _at: datetime) -> dict[int, Answer]:
        answers = gateway.send([under_a_new_key(attempt) for attempt in attempts])
        return {attempt.id: answer for attempt, answer in zip(attempts, answers, strict=True)}

    _replace(money, _call=never_ask)


def _a_time_out_is_a_no() -> None:
    honest = money._call  # noqa: SLF001 - sabotage

    def sure_of_itself(gateway: Gateway, attempts: Sequence[Attempt], at: datetime) -> Mapping[int, Answer]:
        answers = honest(gateway, attempts, at)
        return {
            key: replace(answer, result=Result.FAILED) if answer.result is Result.UNKNOWN else answer
            for key, answer in answers.items()
        }

    _replace(money, _call=sure_of_itself)


def _an_entry_is_left_out() -> None:
    honest = settle._transfer  # noqa: SLF001 - sabotage

    def forgetful(changes: Any, attempt: Attempt) -> None:
        if attempt.kind != "capture":
            honest(changes, attempt)

    _replace(settle, _transfer=forgetful)


SABOTAGES: Final[Mapping[str, Callable[[], None]]] = {
    "new-key": _a_new_key_on_every_send,
    "timeout-is-no": _a_time_out_is_a_no,
    "no-entry": _an_entry_is_left_out,
}

_honest: Final[list[tuple[object, str, object]]] = []


@contextmanager
def sabotaged(name: str | None) -> Iterator[None]:
    """Break a rule by its name in this process, and mend it afterwards; None breaks none."""
    try:
        if name is not None:
            SABOTAGES[name]()
        yield
    finally:
        while _honest:
            setattr(*_honest.pop())


def _replace(module: object, **names: object) -> None:
    for name, sabotaged_one in names.items():
        _honest.append((module, name, getattr(module, name)))
        setattr(module, name, sabotaged_one)
