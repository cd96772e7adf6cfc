from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.checkout.checkout import Checkout, CheckoutForm, CheckoutLine, Destination, LinePart
from fulfillment.checkout.document import from_document, to_document
from fulfillment.checkout.revise import (
    add_lines,
    change_head,
    change_line,
    put_destination,
    put_form,
    remove_destination,
    remove_form,
    remove_lines,
    settled,
)
from fulfillment.kernel.errors import FulfillmentError, Invalid, NotFound

LEITH = Destination({"city": "Leith"}, "post", 300, "leith")
HULL = Destination({"city": "Hull"}, "courier", 700, "hull")
LAB = CheckoutForm("Laboratory", reference="CC-7", key="lab")
CHECKOUT = Checkout(
    "UK",
    [
        CheckoutLine("MUG", 3, form="lab", parts=[LinePart(3, "leith", gift=True)], position=1),
        CheckoutLine(
            "PEN",
            4,
            form="lab",
            price=90,
            price_by="ana",
            parts=[LinePart(1, "leith"), LinePart(3, "hull")],
            position=2,
        ),
        CheckoutLine("WRAP", 1, price=200, name="Wrap", manual=True, position=3),
    ],
    forms=[CheckoutForm(), LAB],
    destinations=[Destination(), LEITH, HULL],
    reference="R1",
)

KEYS = st.sampled_from(["", "a", "b", "c"])
AMOUNTS = st.integers(0, 1000)


@st.composite
def checkouts(draw: st.DrawFn) -> Checkout:
    forms = [CheckoutForm(key=key, discount=draw(AMOUNTS)) for key in draw(st.sets(KEYS, min_size=1))]
    destinations = [Destination(key=key, shipping=draw(AMOUNTS)) for key in draw(st.sets(KEYS, min_size=1))]
    form_keys = st.sampled_from([form.key for form in forms])
    destination_keys = st.sampled_from([each.key for each in destinations])
    parts = st.builds(LinePart, st.integers(1, 9), destination_keys, st.booleans())
    lines = []
    for position in draw(st.lists(st.integers(1, 50), unique=True, max_size=5)):
        split = draw(st.lists(parts, min_size=1, max_size=3))
        quantity = sum(part.quantity for part in split)
        price = draw(st.none() | AMOUNTS)
        lines.append(CheckoutLine("SKU", quantity, price=price, form=draw(form_keys), parts=split, position=position))
    last = max([0, *(line.position or 0 for line in lines)]) + draw(st.integers(0, 3))
    return Checkout("UK", lines, forms=forms, destinations=destinations, discount=draw(AMOUNTS), last_position=last)


@st.composite
def revisions(draw: st.DrawFn) -> tuple[set[str], str | int, Callable[[Checkout], Checkout]]:
    """The fields of a checkout that may change, what is named, and the revision."""
    position, key, amount = draw(st.integers(1, 50)), draw(KEYS), draw(AMOUNTS)
    return draw(
        st.sampled_from(
            [
                ({"discount"}, "", lambda old: change_head(old, {"discount": amount})),
                ({"lines", "last_position"}, 0, lambda old: add_lines(old, [CheckoutLine("NEW", 1, form=key)])),
                ({"lines"}, position, lambda old: change_line(old, position, {"quantity": amount + 1})),
                ({"lines"}, position, lambda old: change_line(old, position, {"price": amount}, by="ana")),
                ({"lines"}, position, lambda old: change_line(old, position, {"form": key})),
                ({"lines"}, position, lambda old: change_line(old, position, {"destination": key})),
                ({"lines"}, position, lambda old: remove_lines(old, [position])),
                ({"forms"}, key, lambda old: put_form(old, CheckoutForm("New", key=key))),
                ({"forms"}, key, lambda old: remove_form(old, key)),
                ({"destinations"}, key, lambda old: put_destination(old, Destination(shipping=amount, key=key))),
                ({"destinations"}, key, lambda old: remove_destination(old, key)),
            ]
        )
    )


def others(checkout: Checkout, field: str, named: str | int) -> list[Any]:
    """What a field of a checkout holds beside what is named."""
    return [
        each
        for each in getattr(checkout, field)
        if named not in {getattr(each, "position", 0), getattr(each, "key", 0)}
    ]


@pytest.mark.rule("LI3")
@given(checkouts(), revisions())
def test_a_revision_changes_nothing_that_it_was_not_asked_to(
    old: Checkout, revision: tuple[set[str], str | int, Callable[[Checkout], Checkout]]
) -> None:
    changing, named, revise = revision
    before = to_document(old)
    try:
        new = revise(old)
    except FulfillmentError:
        new = old
    assert to_document(old) == before
    for field in fields(Checkout):
        if field.name not in changing:
            assert getattr(new, field.name) == getattr(old, field.name)
        elif field.name in {"lines", "forms", "destinations"}:
            kept = others(new, field.name, named)
            assert kept[: len(others(old, field.name, named))] == others(old, field.name, named)
    assert from_document(to_document(new)) == new
    assert len({line.position for line in new.lines}) == len(new.lines)
    assert all((line.position or 0) <= new.last_position for line in new.lines)
    assert {line.form for line in new.lines} <= {form.key for form in new.forms}
    used = {part.destination for line in new.lines for part in line.all_parts}
    assert used <= {each.key for each in new.destinations}


def test_a_position_is_never_given_twice() -> None:
    shorter = remove_lines(CHECKOUT, [3])

    longer = add_lines(shorter, [CheckoutLine("CUP", 1), CheckoutLine("POT", 1)])

    assert [(line.sku, line.position) for line in longer.lines] == [("MUG", 1), ("PEN", 2), ("CUP", 4), ("POT", 5)]


@pytest.mark.rule("LI2")
def test_a_price_of_ones_own_names_who_said_it_until_the_catalogs_is_taken_again() -> None:
    dearer = change_line(CHECKOUT, 1, {"price": 950}, by="bo")
    assert (dearer.lines[0].price, dearer.lines[0].price_by) == (950, "bo")
    assert change_line(dearer, 1, {"discount": 5}, by="cy").lines[0].price_by == "bo"

    again = change_line(dearer, 1, {"price": None}, by="cy")
    assert (again.lines[0].price, again.lines[0].price_by) == (None, None)


def test_quantity_destination_and_gift_of_a_whole_line_may_change_one_by_one() -> None:
    more = change_line(CHECKOUT, 1, {"quantity": 5})
    assert more.lines[0].parts == [LinePart(5, "leith", gift=True)]
    assert more.lines[0].quantity == 5

    elsewhere = change_line(more, 1, {"destination": "hull", "gift_message": "Yours"})
    assert elsewhere.lines[0].parts == [LinePart(5, "hull", gift=True, gift_message="Yours")]


def many_forms(checkout: Checkout) -> Checkout:
    for n in range(100):
        checkout = put_form(checkout, CheckoutForm(key=f"k{n}"))
    return checkout


@pytest.mark.parametrize(
    ("kind", "code", "revise"),
    [
        (NotFound, "no_such_line", lambda old: change_line(old, 9, {"quantity": 1})),
        (NotFound, "no_such_line", lambda old: remove_lines(old, [1, 9])),
        (NotFound, "no_such_form", lambda old: remove_form(old, "none")),
        (NotFound, "no_such_destination", lambda old: remove_destination(old, "none")),
        (Invalid, "form_in_use", lambda old: remove_form(old, "lab")),
        (Invalid, "destination_in_use", lambda old: remove_destination(old, "hull")),
        (Invalid, "no_such_form", lambda old: change_line(old, 1, {"form": "none"})),
        (Invalid, "no_such_destination", lambda old: change_line(old, 1, {"destination": "none"})),
        (Invalid, "line_is_split", lambda old: change_line(old, 2, {"quantity": 5})),
        (Invalid, "split_does_not_add_up", lambda old: change_line(old, 2, {"parts": [LinePart(1), LinePart(1)]})),
        (Invalid, "manual_line", lambda old: change_line(old, 3, {"price": None})),
        (Invalid, "too_many_lines", lambda old: add_lines(old, [CheckoutLine("MUG", 1)] * 2000)),
        (Invalid, "too_many_forms", many_forms),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_remedy(
    kind: type[FulfillmentError], code: str, revise: Callable[[Checkout], Checkout]
) -> None:
    with pytest.raises(kind) as refused:
        revise(CHECKOUT)

    assert refused.value.reason == code
    assert refused.value.remedy


@pytest.mark.rule("ST2")
def test_a_form_without_key_that_no_line_belongs_to_is_not_placed() -> None:
    unused = remove_lines(CHECKOUT, [3])

    assert [form.key for form in settled(unused).forms] == ["lab"]
    assert [each.key for each in settled(unused).destinations] == ["leith", "hull"]
    assert settled(CHECKOUT) == CHECKOUT
