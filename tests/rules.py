"""
The rules of the documents that order management follows, in our words.

A test that shows one is marked `@pytest.mark.rule("OL8")`. `docs/rules.md` is made from these and the markers.
"""

from typing import Final

RULES: Final[dict[str, str]] = {
    # The structure of an order.
    "ST1": "A cart is what a customer collects; paid for, it becomes a purchase order.",
    "ST2": "A cart or an order has one form or several: one per section of an organization, each with its own details.",
    "ST3": "A form has one shipment or several.",
    "ST4": "A shipment has one line item or several.",
    "ST5": "An order may have several payments, several shipments and several shipping addresses.",
    "ST6": "Every order is created in a market.",
    "ST7": "Customer orders are carts, wish lists and orders; subscriptions repeat them.",
    # The life of an order.
    "OL1": "A checkout makes a purchase order of a cart.",
    "OL2": "A new purchase order is in progress.",
    "OL3": "Customer service may make an order of a cart by hand, for example to record a payment by telephone.",
    "OL4": "Address, shipping method, line items and discounts are edited only while an order is in progress.",
    "OL5": "Customer service enters an order: market, customer, address, method, lines (one at least), create.",
    "OL6": "An order is paid before it is released.",
    "OL7": "An order in progress may be put on hold, with a reason.",
    "OL8": "While it is on hold an order is neither released for shipment nor canceled.",
    "OL9": "Releasing the hold lets the order go on.",
    "OL10": "An order in progress may be canceled, and all its shipments with it.",
    "OL11": "At a cancellation what was captured is refunded and what was authorized is reversed.",
    "OL12": "Whoever cancels says whether the customer is told by e-mail.",
    "OL13": "Orders and carts are deleted one by one or as a selection over several pages; never what held money.",
    "OL14": "An order is repeated as a draft with the same address, shipping method and line items.",
    "OL15": "Items of a repeated order that are gone are named.",
    "OL16": "The coupon of a repeated order counts again unless it has expired.",
    "OL17": "An order of which nothing needs shipping completes by itself; any other is processed.",
    "OL18": "The states that are shown by default: New, Processing, Completed, Canceled, Fraud, Suspended.",
    "OL19": "An order that is being processed or considered fraud may be suspended.",
    "OL20": "A client configures the states that are shown.",
    "OL21": "An order shows the history of its status.",
    "OL22": "Open orders are listed.",
    # Notes.
    "NO1": "An order has notes, each with a description and its creator.",
    "NO2": "Notes of the system are neither changed nor deleted; those of people may be.",
    # Line items, prices, promotions.
    "LI1": "Products are searched by three characters or more of SKU, name or description.",
    "LI2": "Quantity and placed price are set per line; the proposed price may be overridden.",
    "LI3": "Options are chosen before an item is added; items are edited and removed.",
    "LI4": "An item promotion adds its tied line items and their discounts.",
    "LI5": "Removing the promotion removes the items tied to it.",
    "LI6": "Codes for an order discount and for free shipping count for the whole order.",
    "LI7": "Before it is placed an order is reviewed: contact, addresses, lines, promotions, total.",
    # Addresses and shipping.
    "AD1": "A contact needs an address.",
    "AD2": "The contact's address is where an order goes unless another is given.",
    "AD3": "Several addresses are possible where several items need shipping; then each item has its own.",
    "AD4": "Each different address needs a shipping method.",
    "AD5": "Items that go to several addresses may be marked as gifts.",
    "AD6": "Where nothing needs shipping there is no shipping step.",
    "AD7": "An order is given a further address without touching another, nor the address book unless asked to.",
    "AD8": "A change of the customer's address leaves that of the order alone.",
    "AD9": "An order needs a market and a product that are there.",
    # Shipments.
    "SH1": "Stock is assigned to an order that is paid in full, or pre-ordered.",
    "SH2": "If any item is short, its whole shipment awaits inventory.",
    "SH3": "If every item is there, the shipment has its inventory assigned.",
    "SH4": "A shipment that is paid and ready is released.",
    "SH5": "Added to a picklist, a shipment is packing.",
    "SH6": "Completed, a shipment is shipped.",
    "SH7": "Delivery state, tracking number and shipping method are kept per item.",
    "SH8": "Shipments and their delivery states are updated only while an order is new or processing.",
    "SH9": "The method of all items or of a selection is changed at once; each shipment has a tracking number of its own.",
    "SH10": "A tracking number is entered once an order is confirmed for delivery.",
    # Payments.
    "PY1": "A payment is added by one of the methods of the order's market.",
    "PY2": "An order shows the current status and the whole history of its payments.",
    "PY3": "Sync Payments takes the history of an order's payments over from the gateway.",
    "PY4": "A payment is captured in full or in part by hand.",
    "PY5": "A cancellation refunds what was captured and reverses what was authorized.",
    "PY6": "An order is paid by several payments.",
    "PY7": "Money received by hand, for example by telephone, is recorded.",
    "PY8": "The invoice number is edited and saved by itself.",
    # Labels. Not of those documents: they follow from what is said of money.
    "LA1": "The label of a parcel is bought once, whatever becomes of the carrier's answer, or of the worker that waits for it.",
    "LA2": "What nobody wants any more is given back once it is known to be bought, and before another one is bought in its place.",
    "LA3": "What a label says of its parcel stays true until it is given back.",
    "LA4": "Nothing leaves without its labels where its shipping method demands them.",
    # Returns. Not of those documents: what every seller of goods does.
    "RT1": "What was shipped may come back, within the days of its market, and never more than the customer has.",
    "RT2": "What cannot come back is said with its reason, and what would help.",
    "RT3": "Pieces are received by scan, in parts; fewer, more and other ones than announced are kept and told as such.",
    "RT4": "Of each piece that came it is said what becomes of it; on the shelf it may be promised at once.",
    "RT5": "What was accepted is paid back to the cent: price, discount, tax, shipping and fee as the market says, and once.",
    "RT6": "Customer service may pay back another amount, within what is kept and what its key may move.",
    "RT7": "What does not come in time is given up, after a reminder; until something has come, a return may be canceled.",
    # Exchanges.
    "EX1": "Goods come back and others go out for them: only the difference is paid.",
    "EX2": "What an order keeps of goods that come back pays for the order of those that go out.",
    "EX3": "What goes out waits until the other goods were accepted, unless it goes first; what they are worth more is paid back.",
    "EX4": "A refund of such a credit goes to the customer by the payment that it came from.",
    "EX5": "What was credited for goods that did not come is not paid.",
    "EX6": "An exchange of which nothing has gone out may be canceled; what came back by then is paid back.",
    # Lists.
    "FI1": "Orders are filtered by number, date, name, market, customer name, customer e-mail and status.",
    "FI2": "A customer's name matches in part, an e-mail address only as a whole.",
    "FI3": "% stands for any characters.",
    "FI4": "An order without a customer's account is found by the name or the e-mail address given with it.",
    "FI5": "Dates are filtered by a first and a last day or by a preset.",
    "FI6": "Several markets may be chosen.",
    "FI7": "The columns of a list are chosen.",
    "FI8": "A list narrows as one types, and a selection reaches over several pages.",
    # Roles.
    "RO1": "Administrators and customer service manage carts and orders.",
    "RO2": "Several people work on the same orders without overwriting one another.",
}
