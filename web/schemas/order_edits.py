"""What may be changed of an order in progress: addresses, methods, lines, discounts (OL4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from fulfillment.editing.wanted import (
    KEEP,
    Edit,
    FormEdit,
    LineEdit,
    MethodChange,
    NewDestination,
    NewLine,
    Share,
    ShipmentEdit,
)
from web.schemas.base import (
    Address,
    Code,
    Flag,
    Id,
    Money,
    Note,
    Pieces,
    Reference,
    Sent,
    Text,
)
from web.schemas.parts import DestinationDetails, FormDetails, Options, WantedLine, as_address

MOST_LINES = 500


class DestinationEditIn(DestinationDetails):
    """
    A further address: the lines that name its `key` get a shipment of their own; no other address changes (AD7).

    Without `shipping` the method's price in the market counts. The address book stays as it is unless asked to.
    """

    key: Code
    add_to_address_book: Flag = False


class ShipToIn(Sent):
    """Another address for one shipment. The address book stays as it is unless asked to (AD7)."""

    id: Id
    ship_to: Address
    add_to_address_book: Flag = False


class FormEditIn(FormDetails):
    """Other details of one form; null takes one away. `discount` is its own, `add_to_address_book` about its `bill_to`."""

    id: Id
    add_to_address_book: Flag = False


class MethodIn(Sent):
    """
    Another shipping method for all items, or for those of some lines (SH9).

    Where only some of a shipment's items change, they become a shipment of their own. `shipping` is what each shipment with
    this method costs; without it the method must be offered in the market, and its price counts.
    """

    shipping_method: Text
    line_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=MOST_LINES)] = None
    shipping: Money | None = None


class ShareIn(Sent):
    """Pieces of a line, and where they go: to a shipment, to a new destination, or nowhere else."""

    quantity: Pieces
    shipment_id: Id | None = None
    destination: Code | None = None
    gift: Flag | None = None
    gift_message: Note | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        _refuse_two_places(self.shipment_id, self.destination)
        return self


class LineEditIn(Sent):
    """
    What changes about one line; what is left out stays (LI2, LI3).

    `price` is per piece; `discount` and `tax` are the whole line's, as are `price` and `options` also where it is split over
    shipments. Those that are not said follow the quantity. `split` says where its pieces go.
    """

    id: Id
    quantity: Pieces | None = None
    price: Money | None = None
    discount: Money | None = None
    tax: Money | None = None
    options: Options = None
    gift: Flag | None = None
    gift_message: Note | None = None
    split: Annotated[list[ShareIn] | None, Field(min_length=1, max_length=100)] = None


class NewLineIn(WantedLine):
    """
    A line to add. Without a price the catalog's is taken; a price that differs is put down to who sent it (LI2).

    Without a place it goes with the first shipment that is not closed. A `manual` line is a charge that is no product.
    """

    shipment_id: Id | None = None
    destination: Code | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        _refuse_two_places(self.shipment_id, self.destination)
        return self


class OrderEditIn(Sent):
    """
    Everything that is to change at once: all of it does, or nothing. All amounts are in the order's currency.

    `discount` and `tax` are the order's own, beside those of its forms and lines; tax that is not said follows the goods.
    """

    reference: Reference | None = None
    discount: Money | None = None
    tax: Money | None = None
    forms: Annotated[list[FormEditIn], Field(max_length=100, default_factory=list)]
    shipments: Annotated[list[ShipToIn], Field(max_length=100, default_factory=list)]
    destinations: Annotated[list[DestinationEditIn], Field(max_length=100, default_factory=list)]
    shipping_methods: Annotated[list[MethodIn], Field(max_length=100, default_factory=list)]
    lines: Annotated[list[LineEditIn], Field(max_length=MOST_LINES, default_factory=list)]
    add_lines: Annotated[list[NewLineIn], Field(max_length=MOST_LINES, default_factory=list)]
    remove_lines: Annotated[list[Id], Field(max_length=MOST_LINES, default_factory=list)]

    @model_validator(mode="after")
    def _each_is_named_once(self) -> Self:
        for what, named in (
            ("line", [*(line.id for line in self.lines), *self.remove_lines]),
            ("shipment", [each.id for each in self.shipments]),
            ("form", [each.id for each in self.forms]),
            ("destination", [each.key for each in self.destinations]),
        ):
            if len(set(named)) < len(named):
                raise PydanticCustomError("named_twice", "a {what} is named twice", {"what": what})
        return self

    def moneys(self) -> Iterator[Money]:
        """Give every amount it names."""
        members: list[Sent] = [
            self,
            *self.forms,
            *self.destinations,
            *self.shipping_methods,
            *self.lines,
            *self.add_lines,
        ]
        for member in members:
            yield from (value for _, value in member if isinstance(value, Money))

    def as_edit(self) -> Edit:
        """Give what the domain takes."""
        return Edit(
            **_said(self, "reference"),
            discount=_amount(self.discount),
            tax=_amount(self.tax),
            forms=[_form(form) for form in self.forms],
            shipments=[
                ShipmentEdit(each.id, as_address(each.ship_to) or {}, each.add_to_address_book)
                for each in self.shipments
            ],
            destinations=[
                NewDestination(
                    each.key,
                    as_address(each.ship_to) or {},
                    each.shipping_method,
                    _amount(each.shipping),
                    each.add_to_address_book,
                )
                for each in self.destinations
            ],
            methods=[
                MethodChange(each.shipping_method, each.line_ids or (), _amount(each.shipping))
                for each in self.shipping_methods
            ],
            lines=[_line(line) for line in self.lines],
            added=[_new_line(line) for line in self.add_lines],
            removed=self.remove_lines,
        )


def _form(form: FormEditIn) -> FormEdit:
    said = _said(form, "name", "contact", "bill_to", "reference")
    for name in ("contact", "bill_to"):
        if isinstance(value := said.get(name), Sent):
            said[name] = value.model_dump(exclude_none=True)
    return FormEdit(form.id, discount=_amount(form.discount), add_to_address_book=form.add_to_address_book, **said)


def _line(line: LineEditIn) -> LineEdit:
    return LineEdit(
        line.id,
        quantity=line.quantity,
        price=_amount(line.price),
        discount=_amount(line.discount),
        tax=_amount(line.tax),
        gift=line.gift,
        split=[_share(share) for share in line.split or ()],
        **_said(line, "options", "gift_message"),
    )


def _share(share: ShareIn) -> Share:
    return Share(share.quantity, share.shipment_id, share.destination, share.gift, **_said(share, "gift_message"))


def _new_line(line: NewLineIn) -> NewLine:
    return NewLine(
        sku=line.sku,
        quantity=line.quantity,
        price=_amount(line.price),
        name=line.name,
        manual=line.manual,
        discount=_amount(line.discount) or 0,
        tax=_amount(line.tax),
        options=line.options,
        gift=line.gift,
        gift_message=line.gift_message,
        shipment_id=line.shipment_id,
        destination=line.destination,
    )


def _said(sent: Sent, *names: str) -> dict[str, Any]:
    """Tell what was sent as null from what was left out: the one is taken away, the other kept."""
    return {name: getattr(sent, name) if name in sent.model_fields_set else KEEP for name in names}


def _amount(money: Money | None) -> int | None:
    return None if money is None else money.amount


def _refuse_two_places(shipment_id: int | None, destination: str | None) -> None:
    if shipment_id is not None and destination is not None:
        raise PydanticCustomError("two_places", "either a shipment or a destination, not both")
