"""How the simulated gateway answers: operations and refusals."""

from dataclasses import asdict

from flask import Response

from web.simulators.answers import json, moment, problem
from web.simulators.books import Call
from web.simulators.gateway.entries import Entry, Pending
from web.simulators.gateway.rules import REFUSALS, Operation, Standing


def operation(entry: Entry) -> dict[str, object]:
    """One decision, as JSON."""
    shown = asdict(entry)
    shown["at"] = moment(entry.at)
    shown["expires_at"] = None if entry.expires is None else moment(entry.expires)
    del shown["expires"]
    shown["status"] = shown.pop("outcome")
    shown["message"] = None if entry.code is None else REFUSALS[entry.code].message
    return shown


def call(received: Call) -> dict[str, object]:
    """One call, as JSON."""
    return {**asdict(received), "at": moment(received.at)}


def standing(reference: str, figures: Standing, entries: list[Entry]) -> dict[str, object]:
    """An authorization with its figures, as JSON."""
    return {
        "reference": reference,
        **asdict(figures),
        "open": figures.open,
        "refundable": figures.refundable,
        "operations": [operation(entry) for entry in entries],
    }


def history(reference: str, entries: list[Entry]) -> dict[str, object]:
    """The money that moved on an authorization, as JSON. What was done at the desk has no key of the merchant's."""
    return {
        "reference": reference,
        "currency": entries[0].currency,
        "merchant_reference": entries[0].merchant_reference,
        "expires_at": None if entries[0].expires is None else moment(entries[0].expires),
        "transactions": [
            {
                "kind": entry.operation,
                "reference": entry.reference,
                "key": None if entry.at_desk else entry.key,
                "amount": entry.amount,
                "at": moment(entry.at),
            }
            for entry in entries
            if entry.code is None
        ],
    }


def waiting(pending: Pending, host: str) -> Response:
    """The answer to an authorization that waits for its customer."""
    shown = {
        "key": pending.key,
        "operation": Operation.AUTHORIZE,
        "amount": pending.amount,
        "currency": pending.currency,
        "status": "requires_action",
        "reference": pending.reference,
        "code": "requires_action",
        "message": "The customer has to confirm the payment.",
        "client_secret": f"{pending.reference}_secret",
        "url": f"{host.rstrip('/')}/v1/actions/{pending.reference}",
    }
    return json(shown, 202)


def decided(entry: Entry, *, replayed: bool) -> Response:
    """The answer to an operation. A repeat gets the same one, and is told so in a header only."""
    if entry.code is None:
        response = json(operation(entry), 201)
    else:
        refusal = REFUSALS[entry.code]
        response = problem(refusal.status, entry.code, refusal.message, operation=operation(entry))
    if replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response
