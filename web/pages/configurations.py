"""Order configurations: what the states of an order are called, and which may be set from which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.access.models import Role
from web.pages.acting import tell, tell_refusal
from web.pages.asking import Refused, ask, only

_OFFICE: Final = (Role.CSR, Role.ADMIN)

blueprint = Blueprint("configurations", __name__, url_prefix="/configurations")


@blueprint.get("/")
def show() -> str:
    """Show all configurations; an admin writes another one, beginning with the one that is active."""
    only(*_OFFICE)
    return _shown("", "", "")


@blueprint.post("/")
def create() -> ResponseReturnValue:
    """Add a configuration; where it is refused, what was written stays."""
    only(Role.ADMIN)
    name, states, transitions = (request.form.get(each, "").strip() for each in ("name", "states", "transitions"))
    body = {"name": name, "states": list(_states(states)), "transitions": list(_transitions(transitions))}
    try:
        key = {"Idempotency-Key": request.form.get("key", "")}
        ask().send("POST", "/v1/order-configurations", body, headers=key)
    except Refused as refused:
        tell_refusal(refused)
        return _shown(name, states, transitions)
    tell("success", f"{name} is there. It counts once it is activated.")
    return redirect(url_for(".show"), 303)


def _shown(name: str, states: str, transitions: str) -> str:
    configurations = ask().get("/v1/order-configurations")["order_configurations"]
    active = next(each for each in configurations if each["active"])
    return render_template(
        "configurations.html",
        configurations=configurations,
        name=name,
        states=states or "\n".join(map(_state_written, active["states"])),
        transitions=transitions or "\n".join(map(_transition_written, active["transitions"])),
    )


def _state_written(state: Mapping[str, Any]) -> str:
    reason = f": {state['reason']}" if state["reason"] else ""
    return f"{state['name']} = {state['meaning']}{reason}{' *' if state['other_reasons'] else ''}"


def _states(written: str) -> Iterator[Mapping[str, Any]]:
    """Read lines such as `Fraud = hold: looks like fraud`; a `*` at the end shows all other holds."""
    for line in filter(str.strip, written.splitlines()):
        name, _, meaning = line.partition("=")
        meaning, _, reason = meaning.partition(":")
        others = line.rstrip().endswith("*")
        meaning, reason = (each.strip().removesuffix("*").strip() for each in (meaning, reason))
        yield {
            "name": name.strip(),
            "meaning": meaning,
            **({"reason": reason} if reason else {}),
            **({"other_reasons": True} if others else {}),
        }


def _transition_written(transition: Mapping[str, Any]) -> str:
    return f"{transition['from']} {'>>' if transition['keeps_hold'] else '>'} {transition['to']}"


def _transitions(written: str) -> Iterator[Mapping[str, Any]]:
    """Read lines such as `New > Fraud`; `>>` keeps the hold that is left."""
    for line in filter(str.strip, written.splitlines()):
        sign = ">>" if ">>" in line else ">"
        source, _, target = line.partition(sign)
        kept = {"keeps_hold": True} if sign == ">>" else {}
        yield {"from": source.strip(), "to": target.strip(), **kept}
