"""Revise: a checkout with one thing changed, and nothing else. Carts and drafts are changed by these alone (LI2, LI3, ST2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypedDict, TypeVar

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from fulfillment.kernel.errors import Invalid, NotFound

MOST_LINES: Final = 2000
MOST_KEYS: Final = 100

Keyed = TypeVar("Keyed", bound=CheckoutForm | Destination)


class HeadChange(TypedDict, total=False):
    """What may be changed of a checkout as a whole. Amounts are minor units; what is left out stays."""

    customer_name: str | None
    customer_email: str | None
    customer_id: int | None
    reference: str | None
    discount: int
    tax: int
    priority: int
    codes: Sequence[str]


class LineChange(TypedDict, total=False):
    """
    What may be changed of a line; what is left out stays.

    `price` is of a piece, in minor units; None is the catalog's again. `destination`, `gift` and `gift_message` are those of a
    line that goes to one destination; `parts` splits it anew. `form` and `destination` are keys.
    """

    quantity: int
    price: int | None
    name: str | None
    discount: int
    tax: int
    options: Mapping[str, str] | None
    form: str
    destination: str
    gift: bool
    gift_message: str | None
    parts: Sequence[LinePart]


def change_head(checkout: Checkout, change: HeadChange) -> Checkout:
    """Set customer, reference, codes, or the discount and tax of the whole."""
    return replace(checkout, **change)


def add_lines(checkout: Checkout, lines: Sequence[CheckoutLine], *, by: str | None = None) -> Checkout:
    """
    Add lines. Each gets the next position there never was; `by` is who says the prices that are given (LI2).

    Raises Invalid for a form or a destination that is not there, parts that do not add up, or too many lines.
    """
    numbered = _numbered(checkout)
    if len(numbered.lines) + len(lines) > MOST_LINES:
        raise Invalid(f"more than {MOST_LINES} lines", code="too_many_lines", remedy="place them as several orders")
    added = [
        replace(line, position=position, price_by=None if line.price is None else by or line.price_by)
        for position, line in enumerate(lines, start=numbered.last_position + 1)
    ]
    for line in added:
        _refuse_unfit(numbered, line)
    return replace(numbered, lines=[*numbered.lines, *added], last_position=numbered.last_position + len(added))


def change_line(checkout: Checkout, position: int, change: LineChange, *, by: str | None = None) -> Checkout:
    """
    Change one line; `by` is who says its price, if that is changed (LI2).

    Raises NotFound where no line has this position; Invalid for a form or a destination that is not there, or a quantity
    that the parts of a split line do not add up to.
    """
    numbered = _numbered(checkout)
    changed = _changed(line_at(numbered, position), change, by)
    _refuse_unfit(numbered, changed)
    return replace(numbered, lines=[changed if line.position == position else line for line in numbered.lines])


def remove_lines(checkout: Checkout, positions: Sequence[int]) -> Checkout:
    """Remove lines; their positions are not given again. Raises NotFound, having removed none, where one is not there."""
    numbered = _numbered(checkout)
    gone = {line_at(numbered, position).position for position in positions}
    return replace(numbered, lines=[line for line in numbered.lines if line.position not in gone])


def line_at(checkout: Checkout, position: int) -> CheckoutLine:
    """Give the line with this position. Raises NotFound."""
    for place, line in enumerate(checkout.lines, start=1):
        if (line.position or place) == position:
            return line
    positions = [line.position or place for place, line in enumerate(checkout.lines, start=1)]
    raise NotFound(
        f"no line {position}",
        code="no_such_line",
        remedy="read it again: each line names its position",
        members={"positions": positions},
    )


def put_form(checkout: Checkout, form: CheckoutForm) -> Checkout:
    """Add a form, or set the one that has its key (ST2). Raises Invalid for too many."""
    return replace(checkout, forms=_with(checkout.forms, form, "forms"))


def remove_form(checkout: Checkout, key: str) -> Checkout:
    """Remove a form. Raises NotFound; Invalid `form_in_use` where a line belongs to it."""
    _refuse_used("form", key, checkout, [line.form == key for line in checkout.lines])
    return replace(checkout, forms=_without(checkout.forms, key, "form") or (CheckoutForm(),))


def put_destination(checkout: Checkout, destination: Destination) -> Checkout:
    """Add a destination, or set the one that has its key (AD3, AD7). Raises Invalid for too many."""
    return replace(checkout, destinations=_with(checkout.destinations, destination, "destinations"))


def remove_destination(checkout: Checkout, key: str) -> Checkout:
    """Remove a destination. Raises NotFound; Invalid `destination_in_use` where pieces of a line go there."""
    _refuse_used("destination", key, checkout, [key in _destinations(line) for line in checkout.lines])
    return replace(checkout, destinations=_without(checkout.destinations, key, "destination") or (Destination(),))


def settled(checkout: Checkout) -> Checkout:
    """
    Give what is placed: without the form and the destination that have no key, where there are others and nothing uses them.

    A destination with an address or a price stays: who gave it is told that nothing goes there.
    """
    used = {key for line in checkout.lines for key in _destinations(line)}
    forms = [form for form in checkout.forms if form.key or any(not line.form for line in checkout.lines)]
    destinations = [each for each in checkout.destinations if each.key or "" in used or each.ship_to or each.shipping]
    return replace(checkout, forms=forms or checkout.forms, destinations=destinations or checkout.destinations)


def _numbered(checkout: Checkout) -> Checkout:
    lines = [
        line if line.position is not None else replace(line, position=place)
        for place, line in enumerate(checkout.lines, start=1)
    ]
    last = max([checkout.last_position, *(line.position or 0 for line in lines)])
    return replace(checkout, lines=lines, last_position=last)


def _changed(line: CheckoutLine, change: LineChange, by: str | None) -> CheckoutLine:
    price = change.get("price", line.price)
    return replace(
        line,
        quantity=change.get("quantity", line.quantity),
        price=price,
        price_by=(None if price is None else by) if "price" in change else line.price_by,
        name=change.get("name", line.name),
        discount=change.get("discount", line.discount),
        tax=change.get("tax", line.tax),
        options=change.get("options", line.options),
        form=change.get("form", line.form),
        parts=_changed_parts(line, change),
    )


def _changed_parts(line: CheckoutLine, change: LineChange) -> Sequence[LinePart]:
    if "parts" in change:
        return change["parts"]
    quantity = change.get("quantity", line.quantity)
    parts = line.all_parts
    if quantity == line.quantity and not change.keys() & {"destination", "gift", "gift_message"}:
        return line.parts
    if len(parts) > 1:
        raise Invalid(
            f"line {line.position} is split over {len(parts)} destinations",
            code="line_is_split",
            remedy="send `split` with the quantity, the destination and the gift of each part",
        )
    part = LinePart(
        quantity,
        change.get("destination", parts[0].destination),
        change.get("gift", parts[0].gift),
        change.get("gift_message", parts[0].gift_message),
    )
    return [part] if line.parts or part != LinePart(quantity) else ()


def _refuse_unfit(checkout: Checkout, line: CheckoutLine) -> None:
    if line.manual and (line.name is None or line.price is None):
        raise Invalid("a manual line needs a name and a price", code="manual_line", remedy="send name and price")
    if sum(part.quantity for part in line.all_parts) != line.quantity:
        raise Invalid(
            f"the parts of {line.sku} do not add up to its quantity",
            code="split_does_not_add_up",
            remedy="send `split` so that its quantities add up to that of the line",
            members={"quantity": line.quantity},
        )
    _refuse_unknown("form", {line.form}, {form.key for form in checkout.forms})
    _refuse_unknown("destination", _destinations(line), {each.key for each in checkout.destinations})


def _refuse_unknown(what: str, named: set[str], known: set[str]) -> None:
    if unknown := sorted(named - known):
        raise Invalid(
            f"no {what} {unknown[0]}" if unknown[0] else f"the {what} is not said",
            code=f"no_such_{what}",
            remedy=f"add the {what} first, or name one that is there",
            members={f"{what}s": sorted(known)},
        )


def _refuse_used(what: str, key: str, checkout: Checkout, used: Sequence[bool]) -> None:
    by = [line.position or place for place, line in enumerate(checkout.lines, start=1) if used[place - 1]]
    if by:
        raise Invalid(
            f"{what} {key} is used by {len(by)} lines" if len(by) > 1 else f"{what} {key} is used by line {by[0]}",
            code=f"{what}_in_use",
            remedy=f"give these lines another {what}, or remove them",
            members={"positions": by},
        )


def _destinations(line: CheckoutLine) -> set[str]:
    return {part.destination for part in line.all_parts}


def _with(there: Sequence[Keyed], put: Keyed, what: str) -> list[Keyed]:
    if any(each.key == put.key for each in there):
        return [put if each.key == put.key else each for each in there]
    if len(there) >= MOST_KEYS:
        raise Invalid(f"more than {MOST_KEYS} {what}", code=f"too_many_{what}", remedy="place them as several orders")
    return [*there, put]


def _without(there: Sequence[Keyed], key: str, what: str) -> list[Keyed]:
    if all(each.key != key for each in there):
        raise NotFound(
            f"no {what} {key}",
            code=f"no_such_{what}",
            remedy="read it again: it names what there is",
            members={f"{what}s": [each.key for each in there]},
        )
    return [each for each in there if each.key != key]
