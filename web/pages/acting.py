"""
Doing something: every button of a page is a form that names a call of the API and what to send with it.

A form says what it sends by the names of its fields: `set-KIND-PATH` sets a value at a path of the body, such as
`set-money-amount` or `set-number-lines.0.quantity`; `ask-NAME` goes into the query, and `fill-NAME` where the path says `{NAME}`.
It carries its idempotency key, so that sending it twice does it once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fulfillment.kernel.money import exponent
from web.pages.asking import Answer, Refused, ask
from web.pages.naming import names_of

_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
_ACCEPTED: Final = 202
_PATIENCE: Final = "wait=3"

blueprint = Blueprint("acting", __name__)


class Unfit(Exception):
    """A field of a form cannot be what it says."""


@blueprint.post("/act")
def act() -> ResponseReturnValue:
    """Send what a form says to the API; show what it answered where the form was."""
    try:
        path, body = _called(), _body()
        if request.form.get("preview"):
            return previewed({"method": request.form["method"], "path": path, "body": body}, headers=_headers())
        answer = ask().send(request.form["method"], path, body, headers=_headers())
    except Unfit as unfit:
        tell("danger", str(unfit))
        return redirect(_back(), 303)
    except Refused as refused:
        tell_refusal(refused)
        return redirect(_back(), 303)
    return redirect(_onward(answer), 303)


@blueprint.get("/operations/<int:operation_id>")
def show_operation(operation_id: int) -> str:
    """Show how far a command has come, and what was refused of it."""
    operation = ask().get(f"/v1/operations/{operation_id}")
    items = ask().get(f"/v1/operations/{operation_id}/items", {"status": "refused", "limit": 100})
    back = _ours(request.args.get("back", ""))
    return render_template("operation.html", operation=operation, refused=items["items"], back=back)


def _called() -> str:
    path = request.form.get("path", "")
    for name in request.form:
        if name.startswith("fill-"):
            path = path.replace(f"{{{name.removeprefix('fill-')}}}", quote(request.form[name].strip(), safe=""))
    asked = {name.removeprefix("ask-"): request.form[name].strip() for name in request.form if name.startswith("ask-")}
    if asked:
        path = f"{path}?{urlencode(asked)}"
    if not path.startswith("/v1/") or request.form.get("method") not in _METHODS:
        abort(400)
    return path


def _headers() -> dict[str, str]:
    named = {"Idempotency-Key": "key", "If-Match": "if_match", "Plan-Token": "token"}
    given = {header: request.form[name] for header, name in named.items() if request.form.get(name)}
    return {"Prefer": _PATIENCE, **given}


def _body() -> Any:
    """Make up the body: what the form brings along, with what was entered set into it."""
    body: Any = json.loads(request.form.get("body") or "{}")
    for name in request.form:
        if name.startswith("set-"):
            _, kind, path = name.split("-", 2)
            for written in request.form.getlist(name)[-1:]:
                if (value := _READ[kind](written.strip())) is not None:
                    _put(body, path.split("."), value)
    return body if request.form["method"] != "DELETE" else None


def _put(body: Any, path: list[str], value: Any) -> None:
    *way, last = path
    for step in way:
        body = body[int(step)] if isinstance(body, list) else body.setdefault(step, {})
    if isinstance(body, list):
        body[int(last)] = value
    else:
        body[last] = value


def read_whole(written: str) -> int | None:
    """Read a whole number. Raises Unfit."""
    if not written:
        return None
    if not written.removeprefix("-").isdigit():
        raise Unfit(f"{written} is not a whole number")
    return int(written)


def read_money(written: str) -> Mapping[str, Any] | None:
    """Read 12.50 as minor units of the form's currency. Raises Unfit."""
    if not written:
        return None
    currency = request.form.get("currency", "")
    try:
        minor = Decimal(written.replace(",", ".")).scaleb(exponent(currency))
    except InvalidOperation:
        raise Unfit(f"{written} is not an amount") from None
    if minor != minor.to_integral_value():
        raise Unfit(f"{currency} has {exponent(currency)} decimals: {written} has more")
    return {"amount": int(minor), "currency": currency}


def _percent(written: str) -> int | None:
    """Read 12.5 as hundredths of a percent."""
    if not written:
        return None
    try:
        hundredths = Decimal(written.replace(",", ".")) * 100
    except InvalidOperation:
        raise Unfit(f"{written} is not a percentage") from None
    if hundredths != hundredths.to_integral_value():
        raise Unfit(f"a percentage has two decimals: {written} has more")
    return int(hundredths)


_READ: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": lambda written: written or None,
    "number": read_whole,
    "money": read_money,
    "percent": _percent,
    "day": lambda written: f"{written}T00:00:00Z" if written else None,
    "flag": {"true": True, "false": False}.get,
    "list": lambda written: [each.strip() for each in written.replace(",", " ").split()] or None,
}


def previewed(call: Mapping[str, Any], *, headers: Mapping[str, str], title: str = "", back: str = "") -> str:
    """Show what a call would do, with the form that does exactly that. Raises Refused."""
    joined = "&" if "?" in call["path"] else "?"
    shown = ask().send(call["method"], f"{call['path']}{joined}dry_run=true", call["body"], headers=headers).body
    return render_template(
        "preview.html",
        title=title or request.form.get("title", "Preview"),
        call={**call, "key": request.form.get("key", "")},
        if_match=headers.get("If-Match", ""),
        currency=request.form.get("currency", ""),
        plan=shown["plan"],
        names={name: called for number in shown["plan"]["versions"] for name, called in _names(number).items()},
        token=shown["token"],
        back=back or _back(),
    )


def _names(number: str) -> Mapping[tuple[str, int], str]:
    try:
        return names_of(ask().get(f"/v1/orders/{number}"))
    except Refused:
        return {}  # the floor may see what a plan does, but no orders


def tell(kind: str, title: str, remedy: str | None = None, faults: Sequence[str] = ()) -> None:
    """Say something on the next page; `kind` is success or danger."""
    told: Any = {"title": title, "remedy": remedy, "faults": list(faults)}
    flash(told, kind)


def tell_refusal(refused: Refused) -> None:
    """Say on the next page why the API refused, and what would help."""
    faults = [f"{each['field']}: {each['message']}" for each in refused.problem.get("errors") or []]
    tell("danger", refused.detail, refused.remedy, faults)


def _onward(answer: Answer) -> str:
    """Give where to go on: to the operation where the answer is still to come, else back, with a word about the outcome."""
    operation = answer.body if isinstance(answer.body, dict) and "problems" in answer.body else None
    if answer.status == _ACCEPTED and operation is not None:
        return url_for("acting.show_operation", operation_id=operation["id"], back=_back())
    if operation is not None and operation["problems"]:
        for problem in operation["problems"]:
            tell("danger", problem["reason"], problem["remedy"])
        return _back()
    tell("success", request.form.get("said") or "Done.")
    return _ours(_filled(request.form.get("forward", ""), answer)) or _back()


def _filled(forward: str, answer: Answer) -> str:
    """Put what was made into the address to go on to: `/desk/orders/{number}`."""
    made = answer.body if isinstance(answer.body, dict) else {}
    return (
        forward.format_map({name: value for name, value in made.items() if isinstance(value, str | int)})
        if forward
        else ""
    )


def _back() -> str:
    return _ours(request.form.get("back", "")) or url_for("home.show")


def _ours(wanted: str) -> str:
    """Give an address back where it is one of ours, else nothing."""
    safe = wanted.startswith(f"{request.script_root}/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if safe else ""
