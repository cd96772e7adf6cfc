"""
The API held against its own document: made-up calls that fit it and calls that do not, and all checks of each answer.

Half of what a call names is something that there is, so that it comes as far as the rules; between calls the steps that follow
from them are done.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, get_args
from unittest import mock

import schemathesis
from api_client import Api
from builders import Shop, rows, work_off
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from pydantic_core.core_schema import ErrorType
from schemathesis.auths import AuthStorage
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth

from fulfillment.access.models import Role
from fulfillment.process import STEPS

THINGS: Final = {
    "address_id": "SELECT id FROM customer_address",
    "attempt_id": "SELECT id FROM payment_attempt",
    "bin_id": "SELECT id FROM bin",
    "cart_id": "SELECT id FROM cart",
    "chargeback_id": "SELECT id FROM chargeback",
    "code": "SELECT code FROM market UNION SELECT code FROM warehouse UNION SELECT sku FROM product",
    "count_id": "SELECT id FROM stock_count",
    "customer_id": "SELECT id FROM customer",
    "delivery_id": "SELECT id FROM inbound_delivery",
    "dispatch_id": "SELECT id FROM dispatch",
    "exchange_id": "SELECT id FROM exchange",
    "hold_id": "SELECT id FROM hold",
    "label_id": "SELECT id FROM label",
    "line_id": "SELECT id FROM line_item",
    "manifest_id": "SELECT id FROM manifest",
    "market": "SELECT code FROM market",
    "note_id": "SELECT id FROM order_note",
    "number": "SELECT number FROM purchase_order",
    "operation_id": "SELECT id FROM operation",
    "parcel_id": "SELECT id FROM parcel",
    "payment_id": "SELECT id FROM payment",
    "picklist_id": "SELECT id FROM picklist",
    "put_back_id": "SELECT id FROM put_back",
    "return_id": "SELECT id FROM return_order",
    "shipment_id": "SELECT id FROM shipment",
    "sku": "SELECT sku FROM product",
    "stray_id": "SELECT id FROM return_stray",
    "subscription_id": "SELECT id FROM subscription",
    "transfer_id": "SELECT id FROM transfer",
    "warehouse": "SELECT code FROM warehouse",
    "wave_id": "SELECT id FROM wave",
}
"""What there is, by the name under which a path, query or body speaks of it."""
ALSO: Final = {
    "order": "number",
    "from": "warehouse",
    "to": "warehouse",
    "numbers": "number",
    "shipment_ids": "shipment_id",
}

WITHIN: Final = tuple(sorted({step.split(".")[0] for step in STEPS} - {"webhooks"}))
"""The steps that are done between calls: all but those that would ask addresses which were made up."""
_BETWEEN: Final = 100
"""Calls after which steps are done, and what there is is looked up anew."""
# 1.0 is an integer to every schema, and none to us where money is counted.
_OF_A_SCHEMA: Final = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error", "int_type"}
_CONFIG: Final = {
    "checks": {
        # What fits may be refused for what there is, or by a rule that no schema can say; `_unsaid` sees to the others.
        "positive_data_acceptance": {"expected-statuses": ["2xx", 400, 401, 403, 404, 409, 412, 422]},
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428]},
    }
}


def a_busy_shop(shop: Shop) -> Shop:
    """A shop with something of everything that an order can meet on its way."""
    for sku in ("MUG", "PEN", "INK"):
        shop.sells(sku, A=200, B=100)
    shop.has_bins("A1", "A2")
    for state in ("assigned", "released", "packing", "shipped") * 2:
        shop.up_to(state, ("MUG", 2), ("PEN", 1))
    shop.holds(shop.places(("INK", 1)).id)
    shop.cancels(shop.places(("INK", 1)).id)
    shop.enters(("INK", 2))
    shop.collects(("INK", 2))
    return shop


@dataclass
class Conformance:
    """One run: how its calls were answered, and what was found, once of each kind."""

    shop: Shop
    api: Api
    chance: random.Random
    answers: Counter[int] = field(default_factory=Counter)
    found: dict[tuple[str, str, str], str] = field(default_factory=dict)
    things: dict[str, list[Any]] = field(default_factory=dict)
    _locked: set[str] = field(default_factory=set)

    @property
    def calls(self) -> int:
        """How many calls were made up; those that only ask whether a key is needed are not among them."""
        return sum(self.answers.values())

    def run(self, calls: int, *, every: int = 1) -> None:
        """Try every operation, or each `every`-th, round by round, until there were so many calls."""
        schema = schemathesis.openapi.from_wsgi(
            "/openapi.json", self.api.app, config=SchemathesisConfig.from_dict(_CONFIG)
        )
        held = AuthStorage()
        held.auth()(_key(self.api.caller(Role.ADMIN).token or ""))
        operations = [each.ok() for each in schema.get_all_operations()]
        tried = [
            (operation, operation.as_strategy(mode, auth_storage=held))
            for operation in operations[self.chance.randrange(every) :: every]
            for mode in GenerationMode
        ]
        with _nothing_of_the_loaded_modules():
            while self.calls < calls:
                for operation, strategy in tried:
                    self._try(operation, strategy, min(5, max(1, round(calls / len(tried)))))
                print(f"{self.calls} calls: {dict(sorted(self.answers.items()))}; found {len(self.found)}", flush=True)

    def _try(self, operation: Any, strategy: Any, examples: int) -> None:
        @seed(self.chance.getrandbits(64))
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def call(case: schemathesis.Case) -> None:
            self._call(operation, case)

        try:
            call()
        except Unsatisfiable:  # it takes nothing that could be wrong
            return

    def _call(self, operation: Any, case: schemathesis.Case) -> None:
        if self.calls % _BETWEEN == 0:
            work_off(self.shop.services, only=WITHIN)
            self.things = {name: sorted(row[0] for row in rows(self.shop.services, of)) for name, of in THINGS.items()}
        self._name_what_fits(case)
        response = case.call()
        self.answers[response.status_code] += 1
        self._note(operation, response, _unsaid(case, response))
        try:
            case.validate_response(response, excluded_checks=[ignored_auth] if operation.label in self._locked else [])
        except FailureGroup as failures:
            for failure in failures.exceptions:
                self._note(operation, response, failure)
        except Failure as failure:
            self._note(operation, response, failure)
        if response.status_code < 300:
            self._locked.add(operation.label)

    def _name_what_fits(self, case: schemathesis.Case) -> None:
        """Name what there is, but not where something was made up to be wrong, nor where it would be: `code` has many meanings."""
        for location in (ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.BODY):
            part = location.container_name
            if case.meta is None or case.meta.is_negative_at(location):
                continue
            made_up = deepcopy(getattr(case, part))
            self._name_what_there_is(getattr(case, part))
            if case.meta.is_negative_at(location):
                setattr(case, part, made_up)

    def _name_what_there_is(self, part: Any) -> None:
        if isinstance(part, list):
            for each in part:
                self._name_what_there_is(each)
        if not isinstance(part, dict):
            return
        for name, value in part.items():
            there = self.things.get(ALSO.get(name, name))
            if not there or self.chance.random() < 0.4 or isinstance(value, (dict, bool)):
                self._name_what_there_is(value)
            elif isinstance(value, list):
                part[name] = [self.chance.choice(there) for _ in value[:3]]
            elif isinstance(value, type(there[0])):
                part[name] = self.chance.choice(there)

    def _note(self, operation: Any, response: Any, failure: Any) -> None:
        if failure is None:
            return
        kind = (operation.label, type(failure).__name__, str(response.status_code))
        sent = response.request
        told = f"{failure}\n  {sent.method} {sent.url} {sent.body!r:.500}\n  answered {response.text[:500]}"
        if kind not in self.found:
            print(f"{kind}: {told}", flush=True)
            self.found[kind] = told


class _Unsaid(Failure):
    """The document lets through what a field refuses."""


def _unsaid(case: schemathesis.Case, response: Any) -> Exception | None:
    if response.status_code != 422 or case.meta is None or not case.meta.generation.mode.is_positive:
        return None
    errors = response.json().get("errors", [])
    # Nor can a schema say from which day on a date is meant.
    unsaid = [each for each in errors if each["code"] in _OF_A_SCHEMA and "datetime.date(" not in each["message"]]
    if _ends_in_a_line_break(case):
        unsaid = [each for each in unsaid if each["code"] != "string_pattern_mismatch"]
    return _Unsaid(operation=case.operation.label, title="not in the schema", message=str(unsaid)) if unsaid else None


def _ends_in_a_line_break(case: schemathesis.Case) -> bool:
    """Tell whether a text does: what makes them up lets `$` stand before the last line break, as a schema does not."""
    return '\\n"' in json.dumps([case.query, case.body], default=str)


@contextmanager
def _nothing_of_the_loaded_modules() -> Iterator[None]:
    """Make up the same from the same seed: else what is written in modules is tried too, and each run has loaded others."""
    with (
        mock.patch.object(providers, "_get_local_constants", providers.Constants),
        mock.patch.object(providers, "CONSTANTS_CACHE", LRUCache(1024)),
    ):
        yield


def _key(token: str) -> type:
    class Key:
        def get(self, case: Any, context: Any) -> str:
            return token

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    return Key
