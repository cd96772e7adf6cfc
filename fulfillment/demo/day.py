"""The day, hour by hour."""

from pathlib import Path

from fulfillment.demo import aftersale, closing, floor, office, opening, storefront
from fulfillment.demo.closing import Ended
from fulfillment.demo.shift import Shift

MORNING, AFTERNOON = 0, 1


def live(shift: Shift, outbox: Path) -> list[Ended]:
    """Live through the day; tell where every order ended. Raises `Refused` or `TookTooLong` when something does not go as it must."""
    opening.stock_the_catalog(shift)
    opening.receive("08:30 first delivery", shift, shift.plan.receipts)
    _trade(shift, MORNING, "09:00", "10:30", "11:30")
    opening.receive("13:00 second delivery", shift, shift.plan.late_receipts)
    _trade(shift, AFTERNOON, "13:30", "15:00", "16:00")
    office.pay_back("17:00 refunds", shift)
    aftersale.take_back("17:15 returns", shift)
    return closing.wait_for_every_end("18:00 last captures, last mails", shift, outbox)


def _trade(shift: Shift, wave: int, sell_at: str, office_at: str, floor_at: str) -> None:
    storefront.sell(f"{sell_at} checkouts", shift, wave)
    storefront.send_again(f"{sell_at} the same again", shift, wave)
    storefront.wait_for_rest(f"{sell_at} money and stock decided", shift, wave)
    storefront.try_other_cards(f"{office_at} other cards", shift, wave)
    storefront.cancel(f"{office_at} customers cancel", shift, wave)
    office.hold_and_cancel(f"{office_at} holds and cancellations", shift, wave)
    office.release_by_hand(f"{office_at} releases by hand", shift)
    floor.pick_and_ship(f"{floor_at} picklists", shift)
