"""What codes give to an order: items that come with them, discounts to the last minor unit, free shipping (LI4-LI6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from fulfillment.kernel.money import prorate
from fulfillment.promotions.offer import Kind, Occasion, Offer, OfferedLine, TiedItem
from fulfillment.promotions.refuse import RefusedCode, refusal

_TURNS: Final = (Kind.ITEM, Kind.ORDER_DISCOUNT, Kind.FREE_SHIPPING)


@dataclass(slots=True)
class TiedLine:
    """A line that a promotion brings and that is not there yet. `discount` is of the whole line."""

    promotion: str
    sku: str
    name: str
    quantity: int
    price: int
    discount: int = 0

    @property
    def net(self) -> int:
        """What is left to take from."""
        return self.price * self.quantity - self.discount


@dataclass(frozen=True, slots=True)
class Applied:
    """A code that counts, and what it gives: the discount, or the shipping that is not paid."""

    promotion_id: int
    code: str
    kind: Kind
    amount: int


@dataclass(slots=True)
class Evaluation:
    """
    What the codes give. `discounts` are of the lines that stay, by key, beside the discounts of their own.

    `added` are to be added, each with its promotion's code; `dropped` are keys of lines whose promotion counts no more (LI5).
    """

    applied: list[Applied] = field(default_factory=list)
    refused: list[RefusedCode] = field(default_factory=list)
    added: list[TiedLine] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    discounts: dict[int, int] = field(default_factory=dict)
    free_shipping: bool = False


def evaluate(
    offers: Mapping[str, Offer],
    codes: Iterable[str],
    lines: Sequence[OfferedLine],
    occasion: Occasion,
    *,
    shipping: int = 0,
) -> Evaluation:
    """
    Work out what `codes` give to these lines, which cost `shipping` to ship. Pure: the same question, the same answer.

    `offers` are by code in lower case, as `read_promotions` gives them. The order of codes makes no difference: items
    come first; then every order discount is worked out on what is left, and together they never take more than that. To
    ask again with the added lines in place gives the same discounts and adds nothing. A line's discount never exceeds it.
    """
    wanted = {code.strip().casefold(): code.strip() for code in codes}
    goods = sum(line.net for line in lines if line.promotion is None)
    given = _Given(Evaluation(), lines)
    accepted: list[Offer] = []
    for key in sorted(wanted):
        refused = refusal(wanted[key], offers.get(key), occasion, goods)
        if refused is not None:
            given.evaluation.refused.append(refused)
        else:
            accepted.append(offers[key])
    accepted.sort(key=lambda offer: (_TURNS.index(offer.kind), offer.code.casefold()))
    given.bring_items([offer for offer in accepted if offer.kind == Kind.ITEM])
    given.take_off_all([offer for offer in accepted if offer.kind == Kind.ORDER_DISCOUNT])
    given.ship_free([offer for offer in accepted if offer.kind == Kind.FREE_SHIPPING], shipping)
    return given.evaluation


class _Given:
    """An evaluation in the making: what is left of each line."""

    def __init__(self, evaluation: Evaluation, lines: Sequence[OfferedLine]) -> None:
        self.evaluation = evaluation
        self._tied = [line for line in lines if line.promotion is not None]
        self._left = {line.key: line.net for line in lines if line.promotion is None}
        evaluation.discounts = dict.fromkeys(self._left, 0)

    def bring_items(self, offers: Sequence[Offer]) -> None:
        """Match what came with a promotion already, add what is missing, drop what no promotion brings (LI4, LI5)."""
        for offer in offers:
            amount = sum(self._bring(offer, item) for item in offer.items)
            self.evaluation.applied.append(Applied(offer.id, offer.code, offer.kind, amount))
        self.evaluation.dropped = [line.key for line in self._tied]

    def take_off_all(self, offers: Sequence[Offer]) -> None:
        """Take each discount off what was left when the first came; share it out over all lines."""
        whole = sum(self._left.values()) + sum(line.net for line in self.evaluation.added)
        left = whole
        for offer in offers:
            amount = min(offer.reduction.of(whole), left)
            left -= amount
            self._share(amount)
            self.evaluation.applied.append(Applied(offer.id, offer.code, offer.kind, amount))

    def ship_free(self, offers: Sequence[Offer], shipping: int) -> None:
        """Shipping is given away once, however many codes do it: the first bears it."""
        for offer in offers:
            amount = 0 if self.evaluation.free_shipping else shipping
            self.evaluation.free_shipping = True
            self.evaluation.applied.append(Applied(offer.id, offer.code, offer.kind, amount))

    def _bring(self, offer: Offer, item: TiedItem) -> int:
        """Discount one item of a promotion, adding its line where it is not there; give the discount."""
        there = next((line for line in self._tied if _is_from(line, offer) and line.sku == item.sku), None)
        if there is not None:
            self._tied.remove(there)
            # More pieces than the promotion brings are paid for.
            most = there.net if there.quantity <= item.quantity else there.price * item.quantity
            discount = min(item.reduction.of(min(most, there.net)), there.net)
            self.evaluation.discounts[there.key] = discount
            self._left[there.key] = there.net - discount
            return discount
        price = item.price or 0
        discount = item.reduction.of(price * item.quantity)
        self.evaluation.added.append(TiedLine(offer.code, item.sku, item.name, item.quantity, price, discount))
        return discount

    def _share(self, amount: int) -> None:
        keys = list(self._left)
        weights = [self._left[key] for key in keys] + [line.net for line in self.evaluation.added]
        if not any(weights):
            return
        shares = prorate(amount, weights)
        for key, share in zip(keys, shares, strict=False):
            self._left[key] -= share
            self.evaluation.discounts[key] += share
        for line, share in zip(self.evaluation.added, shares[len(keys) :], strict=True):
            line.discount += share


def _is_from(line: OfferedLine, offer: Offer) -> bool:
    return line.promotion is not None and line.promotion.casefold() == offer.code.casefold()
