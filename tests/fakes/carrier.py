"""A carrier with books of its own that answers as it was told to: the other side of every unclear outcome."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fulfillment.carriers.port import (
    Answer,
    Consignment,
    Manifest,
    ManifestAnswer,
    Purchase,
    Rate,
    Result,
    Service,
    SoldLabel,
)

CUT = Answer(Result.UNKNOWN, None, "timeout", "no answer in time")
REFUSED = Answer(Result.FAILED, None, "too_heavy", "The parcel is too heavy for this service.")
DONE = Answer(Result.SUCCEEDED, None, None, None)
PRICES = {"economy": 300, "standard": 500, "express": 1200}
PAPER = b"%PDF-1.4 a label"


@dataclass
class ScriptedCarrier:
    """
    Sells by three services, keeps books by key, and follows a script for the next purchases and voids.

    Each word of the script is for one of them, or a manifest: `ok`, `refuse` (a clear no), `cut before` (never arrived) or `cut after`
    (done, and the answer lost). `knows_nothing` makes it forget keys, `is_deaf` unable to be asked, `has_parcels` refuse voids.
    """

    script: deque[str] = field(default_factory=deque)
    sent: list[Purchase] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    books: dict[str, Answer] = field(default_factory=dict)
    sold: list[SoldLabel] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    manifests: dict[str, ManifestAnswer] = field(default_factory=dict)
    manifested: list[Sequence[str]] = field(default_factory=list)
    is_deaf: bool = False
    knows_nothing: bool = False
    has_parcels: bool = False
    on_buy: Callable[[Purchase], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def live(self) -> list[str]:
        """The numbers of the labels that are to be paid for."""
        return [each.tracking_number for each in self.sold if each.reference not in self.voided]

    def services(self) -> list[Service] | Answer:
        return CUT if self.is_deaf else [Service(code, code.title(), None) for code in PRICES]

    def rates(self, consignments: Sequence[Consignment]) -> list[list[Rate] | Answer]:
        if self.is_deaf:
            return [CUT for _ in consignments]
        return [
            [
                Rate(code, price, "GBP", None)
                for code, price in PRICES.items()
                if code != "economy" or each.weight_grams <= 2000
            ]
            for each in consignments
        ]

    def buy(self, purchases: Sequence[Purchase]) -> list[Answer]:
        return [self._sell(each) for each in purchases]

    def find(self, purchases: Sequence[Purchase]) -> list[Answer | None]:
        self.asked.extend(each.key for each in purchases)
        if self.is_deaf:
            return [CUT for _ in purchases]
        return [None if self.knows_nothing else self.books.get(each.key) for each in purchases]

    def void(self, references: Sequence[str]) -> list[Answer]:
        return [self._void(each) for each in references]

    def close_manifests(self, manifests: Sequence[Manifest]) -> list[ManifestAnswer]:
        return [self._close(each) for each in manifests]

    def find_manifests(self, manifests: Sequence[Manifest]) -> list[ManifestAnswer | None]:
        self.asked.extend(each.key for each in manifests)
        return [self.manifests.get(each.key) for each in manifests]

    def close(self) -> None:
        """Nothing is open."""

    def _close(self, asked: Manifest) -> ManifestAnswer:
        word = self.script.popleft() if self.script else "ok"
        lost = ManifestAnswer(Result.UNKNOWN, None, "timeout", "no answer in time")
        if word == "cut before":
            return lost
        if word == "refuse":
            return ManifestAnswer(Result.FAILED, None, "on_a_manifest", "A parcel of it is on a manifest already.")
        if asked.key not in self.manifests:
            self.manifested.append(asked.references)
            self.manifests[asked.key] = ManifestAnswer(Result.SUCCEEDED, f"man_{len(self.manifested)}", None, None)
        return lost if word == "cut after" else self.manifests[asked.key]

    def _sell(self, asked: Purchase) -> Answer:
        self.sent.append(asked)
        if self.on_buy is not None:
            self.on_buy(asked)
        with self._lock:
            word = self.script.popleft() if self.script else "ok"
            if word == "cut before":
                return CUT
            answer = self.books.get(asked.key) or self._decide(asked, word)
            if not self.knows_nothing:
                self.books[asked.key] = answer
        return CUT if word == "cut after" else answer

    def _decide(self, asked: Purchase, word: str) -> Answer:
        if word == "refuse" or asked.service not in PRICES:
            return REFUSED
        number = len(self.sold) + 1
        label = SoldLabel(
            f"lbl_{number}", f"TN{number}", PRICES[asked.service], "GBP", PAPER, datetime(2026, 11, 21, tzinfo=UTC)
        )
        self.sold.append(label)
        return Answer(Result.SUCCEEDED, label, None, None)

    def _void(self, reference: str) -> Answer:
        with self._lock:
            word = self.script.popleft() if self.script else "ok"
            if word == "cut before":
                return CUT
            if self.has_parcels:
                return Answer(Result.FAILED, None, "handed_over", "The parcel was handed over.")
            if reference not in self.voided:
                self.voided.append(reference)
            return CUT if word == "cut after" else DONE
