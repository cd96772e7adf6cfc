"""What may become of an order on the sample day, and why. Each order lives one of these stories."""

from dataclasses import dataclass
from typing import Final, Literal

from fulfillment.demo.shop import Range

RECEIVED, DECLINED, SHIPPED, CANCELED, REFUNDED = ("received", "declined", "shipped", "canceled", "refunded")


@dataclass(frozen=True)
class End:
    """Where an order must stand when the day is over. `shipments` are their states, those without a carrier last."""

    status: str
    payment_status: str
    why: str
    shipments: tuple[str, ...] = ("shipped",)
    mails: tuple[str, ...] = (RECEIVED, SHIPPED)


@dataclass(frozen=True)
class Story:
    """One kind of order. `share` is how many of a thousand; `market` is where it happens, if that matters."""

    name: str
    share: int
    ends: tuple[End, ...]
    ranges: tuple[Range, ...] = (Range.HARBOR,)
    market: Literal["UK", "JP"] | None = None
    token: str = "tok_ok"  # noqa: S105 - a name that the simulated gateway knows
    waves: tuple[int, ...] = (0, 1)

    @property
    def end(self) -> End:
        """The only end of a story that has one."""
        [end] = self.ends
        return end


PLAIN_END: Final = End("completed", "paid", "shipped, and paid on shipping")
REFUSED: Final = End("refused", "-", "the last piece was gone (409)", (), ())

# Nothing special, in either market. It takes what the others leave.
PLAIN: Final = Story("plain", 0, (PLAIN_END,))
FURNITURE: Final = Story("from the loft", 100, (PLAIN_END,), (Range.LOFT,))
REPEATED: Final = Story("repeated", 25, (End("completed", "paid", "sent twice by one key, made once"),))

# Nothing to ship, or not only.
DIGITAL: Final = Story(
    "digital",
    50,
    (End("completed", "paid", "nothing to ship: completed by itself", mails=(RECEIVED,)),),
    (Range.NOWHERE,),
)
MIXED: Final = Story(
    "mixed",
    50,
    (End("completed", "paid", "gift card at once, parcel later", ("shipped", "shipped")),),
    (Range.LOFT, Range.NOWHERE),
)

# Short of stock.
FILLED_LATE: Final = Story(
    "filled late", 60, (End("completed", "paid", "waited for the afternoon's delivery"),), (Range.LATE,), waves=(0,)
)
WAITING: Final = Story(
    "waiting",
    35,
    (End("in_progress", "authorized", "waits for stock", ("awaiting_inventory",), (RECEIVED,)),),
    (Range.NEVER,),
)
PART_WAITING: Final = Story(
    "part waiting",
    15,
    (
        End(
            "partially_shipped",
            "partially_paid",
            "gift card sent, the rest waits for stock",
            ("awaiting_inventory", "shipped"),
            (RECEIVED,),
        ),
    ),
    (Range.NEVER, Range.NOWHERE),
)
LAST_PIECES: Final = Story(
    "last pieces",
    60,
    (End("completed", "paid", "got one of the last pieces"), REFUSED),
    (Range.LAST,),
    "UK",
    waves=(1,),
)

# Trouble with the card.
UNPAID: Final = Story(
    "unpaid",
    30,
    (End("in_progress", "declined", "card declined, no other yet", ("pending",), (DECLINED,)),),
    token="tok_declined",  # noqa: S106
)
SECOND_CARD: Final = Story(
    "second card",
    35,
    (End("completed", "paid", "card declined, another one paid", mails=(DECLINED, RECEIVED, SHIPPED)),),
    token="tok_insufficient",  # noqa: S106
)

# Canceled.
CANCELED_WAITING: Final = Story(
    "canceled while waiting",
    25,
    (End("canceled", "unpaid", "would not wait for stock; e-mail sent", ("canceled",), (RECEIVED, CANCELED)),),
    (Range.NEVER,),
)
CANCELED_ASSIGNED: Final = Story(
    "canceled when assigned",
    25,
    (End("canceled", "unpaid", "canceled with stock assigned; no e-mail", ("canceled",), (RECEIVED,)),),
    market="JP",
)
REST_CANCELED: Final = Story(
    "rest canceled",
    15,
    (
        End(
            "completed",
            "paid",
            "gift card sent, the rest canceled",
            ("canceled", "shipped"),
            (RECEIVED, CANCELED),
        ),
    ),
    (Range.NEVER, Range.NOWHERE),
)

# Held: where release is by hand, so that nobody is quicker than the fraud check.
HELD: Final = Story(
    "held",
    15,
    (End("on_hold", "authorized", "fraud check still open", ("inventory_assigned",), (RECEIVED,)),),
    market="JP",
)
HELD_CLEARED: Final = Story(
    "held and cleared", 15, (End("completed", "paid", "fraud check passed, then shipped"),), market="JP"
)
HELD_CANCELED: Final = Story(
    "held and canceled",
    15,
    (End("canceled", "unpaid", "fraud check failed; canceled", ("canceled",), (RECEIVED,)),),
    market="JP",
)

# Money back.
REFUNDED_ALL: Final = Story(
    "refunded", 25, (End("completed", "refunded", "all money back", mails=(RECEIVED, SHIPPED, REFUNDED)),)
)
REFUNDED_PART: Final = Story(
    "refunded in part",
    20,
    (End("completed", "partially_refunded", "late parcel: some money back", mails=(RECEIVED, SHIPPED, REFUNDED)),),
)
REFUNDED_LINE: Final = Story(
    "line refunded",
    20,
    (End("completed", "partially_refunded", "one piece broken: its price back", mails=(RECEIVED, SHIPPED, REFUNDED)),),
)

# Goods back.
RETURN_AUTHORIZED, RETURN_COMPLETED = ("return authorized", "return completed")
RETURNED_PIECE: Final = Story(
    "piece returned",
    15,
    (
        End(
            "completed",
            "partially_refunded",
            "one piece came back: on the shelf, its price back",
            mails=(RECEIVED, SHIPPED, RETURN_AUTHORIZED, RETURN_COMPLETED),
        ),
    ),
)

# Not done when the day is over.
UNRELEASED: Final = Story(
    "unreleased",
    20,
    (End("in_progress", "authorized", "waits for a person to release it", ("inventory_assigned",), (RECEIVED,)),),
    market="JP",
    waves=(1,),
)
UNLISTED: Final = Story(
    "unlisted",
    20,
    (End("in_progress", "authorized", "released; on tomorrow's picklist", ("released",), (RECEIVED,)),),
    market="UK",
    waves=(1,),
)
ON_PICKLIST: Final = Story(
    "on a picklist",
    20,
    (End("in_progress", "authorized", "on a picklist, not picked yet", ("packing",), (RECEIVED,)),),
    (Range.LOFT,),
    waves=(1,),
)

OTHERS: Final = (
    FURNITURE,
    REPEATED,
    DIGITAL,
    MIXED,
    FILLED_LATE,
    WAITING,
    PART_WAITING,
    LAST_PIECES,
    UNPAID,
    SECOND_CARD,
    CANCELED_WAITING,
    CANCELED_ASSIGNED,
    REST_CANCELED,
    HELD,
    HELD_CLEARED,
    HELD_CANCELED,
    REFUNDED_ALL,
    REFUNDED_PART,
    REFUNDED_LINE,
    RETURNED_PIECE,
    UNRELEASED,
    UNLISTED,
    ON_PICKLIST,
)
