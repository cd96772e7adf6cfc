"""Returns, their lines, and every piece that came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from fulfillment.db.base import Base, one_of
from fulfillment.returns.states import Condition, ReturnMovementKind, ReturnReason, ReturnStatus, Settlement

_OPEN = "status IN ('authorized', 'receiving')"


class ReturnOrder(Base):
    """
    What is to come back of one order. `warehouse_id` is where it is to be sent, None where that is of no matter.

    What has not come by `expires_at` is not waited for. Once it is completed, `goods`, `shipping`, `fee` and `refund` say what
    was paid back (minor units of the order), and `attempts` by which payment attempts.
    """

    __tablename__ = "return_order"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchase_order.id"), index=True)
    number: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str]
    settles_by: Mapped[str]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    expires_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    goods: Mapped[int | None]
    shipping: Mapped[int | None]
    fee: Mapped[int | None]
    refund: Mapped[int | None]
    attempts: Mapped[list[Any] | None]

    __table_args__ = (
        CheckConstraint(one_of("status", ReturnStatus), name="status_known"),
        CheckConstraint(one_of("settles_by", Settlement), name="settlement_known"),
        CheckConstraint("(status IN ('completed', 'canceled')) = (ended_at IS NOT NULL)", name="ended_when_done"),
        CheckConstraint(
            "num_nonnulls(goods, shipping, fee, refund) = CASE status WHEN 'completed' THEN 4 ELSE 0 END",
            name="money_when_completed",
        ),
        CheckConstraint("goods >= 0 AND shipping >= 0 AND fee >= 0 AND refund >= 0", name="money_not_negative"),
        Index("return_order_created", "created_at", "id"),
        Index("return_order_expires", "expires_at", postgresql_where=text(_OPEN)),
    )


class ReturnLine(Base):
    """
    Pieces of one line item in a return. One that came though nobody announced it has `announced` 0.

    `given_up` were announced and never came. Of what was received it is decided what becomes of it: `restocked`, `scrapped`,
    `to_vendor` or `refused`. The counters repeat the movements. `refunded` are the pieces that were paid back.
    """

    __tablename__ = "return_line"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    return_id: Mapped[int] = mapped_column(ForeignKey("return_order.id", ondelete="CASCADE"))
    line_id: Mapped[int] = mapped_column(ForeignKey("line_item.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    reason: Mapped[str]
    announced: Mapped[int]
    received: Mapped[int]
    restocked: Mapped[int]
    scrapped: Mapped[int]
    to_vendor: Mapped[int]
    refused: Mapped[int]
    given_up: Mapped[int]
    refunded: Mapped[int]

    __table_args__ = (
        UniqueConstraint("return_id", "line_id"),
        CheckConstraint(one_of("reason", ReturnReason), name="reason_known"),
        CheckConstraint("announced + received > 0", name="is_about_something"),
        CheckConstraint("received >= 0 AND given_up BETWEEN 0 AND announced", name="given_up_at_most_announced"),
        CheckConstraint(
            "restocked >= 0 AND scrapped >= 0 AND to_vendor >= 0 AND refused >= 0", name="pieces_not_negative"
        ),
        CheckConstraint("restocked + scrapped + to_vendor + refused <= received", name="decided_at_most_received"),
        CheckConstraint("refunded BETWEEN 0 AND received - refused", name="refunded_at_most_accepted"),
    )


class ReturnMovement(Base):
    """Pieces of a line of a return that came to a warehouse, or of which it was decided there what becomes of them. Append-only."""

    __tablename__ = "return_movement"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    return_line_id: Mapped[int] = mapped_column(ForeignKey("return_line.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[int]
    condition: Mapped[str | None]
    note: Mapped[str | None]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(one_of("kind", ReturnMovementKind), name="kind_known"),
        CheckConstraint(one_of("condition", Condition), name="condition_known"),
        CheckConstraint("(kind = 'received') = (condition IS NOT NULL)", name="comes_in_a_condition"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("return_movement_to_vendor", "warehouse_id", "id", postgresql_where=text("kind = 'to_vendor'")),
    )


class ReturnScan(Base):
    """A scan that was counted, by the id its scanner gave it, with its answer: sent twice, it is answered the same."""

    __tablename__ = "return_scan"

    return_id: Mapped[int] = mapped_column(ForeignKey("return_order.id", ondelete="CASCADE"), primary_key=True)
    scan_id: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    actor: Mapped[str]
    at: Mapped[datetime]


class ReturnStray(Base):
    """
    Pieces that came with a return and are none that were shipped in its order, and where they are kept.

    They are on nobody's stock. `product_id` is None where the code is none of ours.
    """

    __tablename__ = "return_stray"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("return_order.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    code: Mapped[str]
    quantity: Mapped[int]
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    condition: Mapped[str]
    place: Mapped[str | None]
    actor: Mapped[str]
    at: Mapped[datetime]
    settled_as: Mapped[str | None]
    settled_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(one_of("condition", Condition), name="condition_known"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("num_nonnulls(settled_as, settled_by, settled_at) IN (0, 3)", name="settled_by_somebody"),
    )
