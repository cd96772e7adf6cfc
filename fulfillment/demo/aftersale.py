"""What happens once the goods have left: some come back."""

from fulfillment.demo import stories
from fulfillment.demo.people import eventually
from fulfillment.demo.shift import Shift


def take_back(title: str, shift: Shift) -> None:
    """Let one piece of each of these orders come back: authorized, scanned, put on the shelf, paid back."""

    def take(number: str) -> None:
        order = eventually(
            lambda: (found := shift.order(number))["payment_status"] == "paid" and found, what=f"{number} to be paid"
        )
        shipment = order["shipments"][0]
        line = shipment["lines"][0]
        piece = {"line_id": line["id"], "quantity": 1, "reason": "changed_mind"}
        wanted = {"order": number, "lines": [piece], "notify_customer": True}
        path = f"/v1/returns/{shift.csr.post('/v1/returns', wanted)['id']}"
        scan = {"scan_id": f"{number}-1", "warehouse": shipment["warehouse"], "code": line["sku"]}
        shift.warehouse.post(f"{path}/receipts", {**scan, "disposition": "restocked"})
        shift.csr.finish(f"{path}/completion", {"notify_customer": True})

    shift.each(title, shift.orders(stories.RETURNED_PIECE), take)
