"""The endpoints of Stripe that an order's money needs. Each takes the books, the form and the names of its path."""

import re
from collections.abc import Callable
from typing import Any

from stripe_double.books import ACTS, KNOWN, ONCE, Books, copied
from stripe_double.form import whole
from stripe_double.refusal import invalid, missing

Form = dict[str, Any]
_PARAMETERS_GONE = {"payment_method_types": "payment_method_types_no_longer_supported"}
_QUERY = re.compile(r"metadata\['(\w+)'\]:'((?:[^'\\]|\\.)*)'")
_MOST_METADATA = 50


def create_intent(books: Books, form: Form) -> dict[str, Any]:
    for name, code in _PARAMETERS_GONE.items():
        if name in form:
            raise invalid(f"{name} is no longer supported", code, param=name)
    amount, currency, means = whole(form, "amount"), form.get("currency", ""), form.get("payment_method")
    if (
        means == ONCE
        and "customer" not in form
        and any(one["payment_method"] == ONCE for one in books.intents.values())
    ):
        raise invalid("The PaymentMethod was used before without a Customer, and may not be used again.", begun=True)
    if amount is None or not re.fullmatch("[a-z]{3}", currency):
        raise invalid("Missing required param: amount or currency.", "parameter_missing")
    books.check_amount(amount, currency)
    confirms = form.get("confirm") == "true"
    if confirms and means not in KNOWN:
        raise missing("PaymentMethod", str(means), "payment_method")
    secret = books.made("", "secret")["id"]
    intent = {
        **books.made("payment_intent", "pi"),
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "currency": currency,
        "capture_method": form.get("capture_method", "automatic"),
        "client_secret": "",
        "status": "requires_payment_method",
        "metadata": checked_metadata({}, form),
        "latest_charge": None,
        "last_payment_error": None,
        "next_action": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "payment_method": means,
    }
    intent["client_secret"] = f"{intent['id']}_{secret}"
    books.intents[intent["id"]] = intent
    if confirms and means == ACTS:
        intent.update(status="requires_action", next_action={"type": "use_stripe_sdk", "use_stripe_sdk": {}})
        books.tell("payment_intent.requires_action", intent)
    elif confirms:
        books.authorize(intent, str(means))
    return intent


def retrieve_intent(books: Books, form: Form, name: str) -> dict[str, Any]:
    return books.intent(name)


def capture_intent(books: Books, form: Form, name: str) -> dict[str, Any]:
    intent = books.intent(name)
    _must_be(intent, "captured", "requires_capture")
    amount = whole(form, "amount_to_capture")
    amount = intent["amount_capturable"] if amount is None else amount
    final = form.get("final_capture", "true") == "true"
    charge = intent["latest_charge"]
    if not final and charge["payment_method_details"]["card"]["multicapture"]["status"] != "available":
        raise invalid("final_capture=false needs multicapture.", "parameter_invalid", param="final_capture", begun=True)
    if amount > intent["amount_capturable"]:
        raise invalid(
            f"The requested capture amount is greater than the amount you can capture for this charge, {amount}.",
            "amount_too_large",
            begun=True,
            payment_intent=copied(intent),
        )
    if amount:
        books.check_amount(amount, intent["currency"])
    elif not (final and intent["amount_received"]):
        raise invalid("Nothing was captured that a last capture of 0 could end.", param="amount_to_capture", begun=True)
    intent["metadata"] = checked_metadata(intent["metadata"], form)
    intent["amount_received"] += amount
    intent["amount_capturable"] = 0 if final else intent["amount_capturable"] - amount
    charge["amount_captured"] = intent["amount_received"]
    charge["balance_transaction"] = charge["balance_transaction"] or books.booked(amount)
    if not intent["amount_capturable"]:
        intent["status"], charge["captured"] = "succeeded", True
    books.tell("payment_intent.amount_capturable_updated", intent)
    if intent["status"] == "succeeded":
        books.tell("payment_intent.succeeded", intent)
    return intent


def cancel_intent(books: Books, form: Form, name: str) -> dict[str, Any]:
    intent = books.intent(name)
    _must_be(
        intent, "canceled", "requires_payment_method", "requires_capture", "requires_confirmation", "requires_action"
    )
    released, taken = intent["amount_capturable"], intent["amount_received"]
    if released:
        # What is let go shows as a refund of the charge that never touched the balance.
        _refunded(books, intent, released, {}, balance=None)
    intent.update(
        status="succeeded" if taken else "canceled",
        amount_capturable=0,
        canceled_at=None if taken else books.now,
        cancellation_reason=None if taken else form.get("cancellation_reason"),
    )
    books.tell("payment_intent.succeeded" if taken else "payment_intent.canceled", intent)
    return intent


def search_intents(books: Books, form: Form) -> dict[str, Any]:
    if (asked := _QUERY.fullmatch(form.get("query", ""))) is None:
        raise invalid("The query cannot be understood.", param="query")
    name, value = asked[1], re.sub(r"\\(.)", r"\1", asked[2])
    old = [one for one in books.intents.values() if one["created"] + books.lag <= books.now]
    found = [one for one in old if one["metadata"].get(name) == value]
    return {"object": "search_result", "data": found, "has_more": False, "url": "/v1/payment_intents/search"}


def create_refund(books: Books, form: Form) -> dict[str, Any]:
    intent = _of(books, form)
    charge = intent["latest_charge"]
    if charge is None or not intent["amount_received"]:
        raise invalid("This PaymentIntent does not have a successful charge to refund.", begun=True)
    left = intent["amount_received"] - charge["amount_refunded"]
    amount = whole(form, "amount")
    amount = left if amount is None else amount
    books.check_amount(amount, intent["currency"])
    if not left:
        raise invalid(f"Charge {charge['id']} has already been refunded.", "charge_already_refunded", begun=True)
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount", begun=True
        )
    refund = _refunded(books, intent, amount, checked_metadata({}, form), balance=books.booked(-amount)["id"])
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["captured"] and charge["amount_refunded"] == intent["amount_received"]
    books.tell("charge.refunded", charge)
    return refund


def list_refunds(books: Books, form: Form) -> dict[str, Any]:
    return _page("/v1/refunds", list(books.refunds.values()), form)


def list_disputes(books: Books, form: Form) -> dict[str, Any]:
    return _page("/v1/disputes", list(books.disputes.values()), form)


def checked_metadata(had: dict[str, str], form: Form) -> dict[str, str]:
    metadata = {**had, **form.get("metadata", {})}
    for name, value in metadata.items():
        if len(name) > 40 or len(value) > 500:
            raise invalid(f"Metadata has a name or value that is too long: {name}", param="metadata")
    if len(metadata) > _MOST_METADATA:
        raise invalid("You cannot have more than 50 keys of metadata", param="metadata")
    return metadata


def _refunded(
    books: Books, intent: dict[str, Any], amount: int, metadata: dict[str, str], *, balance: str | None
) -> dict[str, Any]:
    refund = {
        **books.made("refund", "re"),
        "amount": amount,
        "currency": intent["currency"],
        "payment_intent": intent["id"],
        "charge": intent["latest_charge"]["id"],
        "status": books.refund_status if balance else "succeeded",
        "metadata": metadata,
        "balance_transaction": balance,
    }
    books.refunds[refund["id"]] = refund
    if balance:
        books.tell("refund.created", refund)
    return refund


def _of(books: Books, form: Form) -> dict[str, Any]:
    if "payment_intent" in form:
        return books.intent(form["payment_intent"])
    for intent in books.intents.values():
        if intent["latest_charge"] and intent["latest_charge"]["id"] == form.get("charge"):
            return intent
    raise missing("charge", str(form.get("charge")), "charge")


def _page(url: str, kept: list[dict[str, Any]], form: Form) -> dict[str, Any]:
    """Newest first, a hundred at most, after the one that was named."""
    wanted = [one for one in reversed(kept) if all(one[each] == form[each] for each in _LISTED_BY if each in form)]
    names = [one["id"] for one in wanted]
    begin = names.index(form["starting_after"]) + 1 if "starting_after" in form else 0
    end = begin + (whole(form, "limit") or 10)
    return {"object": "list", "url": url, "data": wanted[begin:end], "has_more": end < len(wanted)}


def _must_be(intent: dict[str, Any], done: str, *states: str) -> None:
    if intent["status"] not in states:
        raise invalid(
            f"This PaymentIntent could not be {done} because it has a status of {intent['status']}.",
            "payment_intent_unexpected_state",
            begun=True,
            payment_intent=copied(intent),
        )


_LISTED_BY = ("payment_intent", "charge")
_NAME = r"([^/]+)"
ROUTES: tuple[tuple[str, str, Callable[..., dict[str, Any]]], ...] = (
    ("POST", "/v1/payment_intents", create_intent),
    ("GET", "/v1/payment_intents/search", search_intents),
    ("GET", f"/v1/payment_intents/{_NAME}", retrieve_intent),
    ("POST", f"/v1/payment_intents/{_NAME}/capture", capture_intent),
    ("POST", f"/v1/payment_intents/{_NAME}/cancel", cancel_intent),
    ("POST", "/v1/refunds", create_refund),
    ("GET", "/v1/refunds", list_refunds),
    ("GET", "/v1/disputes", list_disputes),
)
