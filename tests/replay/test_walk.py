"""A made-up store's three days, through the real API and database; every request is followed by the work it led to."""

import io
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from api_client import app_of
from builders import broken, one, rows, work_off
from rich.console import Console

from fulfillment.access.keys import create_key
from fulfillment.access.models import Role
from fulfillment.client.api import Api
from fulfillment.replay.plan import plan
from fulfillment.replay.rows import read
from fulfillment.replay.run import run
from fulfillment.wiring import Services

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
MONDAY = """\
700001,10001,BRASS BELL,6,2010-12-06 09:00:00,2.55,17001.0,United Kingdom
700001,10002a,TIN WHISTLE,2,2010-12-06 09:00:00,1.25,17001.0,United Kingdom
700001,10001,BRASS BELL,4,2010-12-06 09:00:00,2.55,17001.0,United Kingdom
700001,POST,POSTAGE,1,2010-12-06 09:00:00,18.0,17001.0,United Kingdom
700002,10002a,TIN WHISTLE,10,2010-12-06 09:30:00,1.25,,EIRE
700002,M,Manual,3,2010-12-06 09:30:00,0.42,,EIRE
700003,BANK CHARGES,Bank Charges,1,2010-12-06 10:00:00,15.0,,United Kingdom
700004,10003,OAK BOX,2,2010-12-06 11:00:00,10.0,17002.0,Atlantis
700004,D,Discount,-1,2010-12-06 11:00:00,3.01,17002.0,Atlantis
700005,10003,OAK BOX,1,2010-12-06 12:00:00,10.0,17003.0,France
700005,POST,POSTAGE,1,2010-12-06 12:00:00,18.0,17003.0,France
C700006,10003,OAK BOX,-1,2010-12-06 13:00:00,10.0,17003.0,France
C700006,POST,POSTAGE,-1,2010-12-06 13:00:00,18.0,17003.0,France
700007,10001,,-5,2010-12-06 14:00:00,0.0,,United Kingdom
"""
TUESDAY = """\
700010,10001,BRASS BELL,1,2010-12-07 09:00:00,2.75,17001.0,United Kingdom
C700011,10001,BRASS BELL,-8,2010-12-07 10:00:00,2.55,17001.0,United Kingdom
C700011,10002a,TIN WHISTLE,-1,2010-12-07 10:00:00,1.25,17001.0,United Kingdom
C700011,POST,POSTAGE,-1,2010-12-07 10:00:00,5.0,17001.0,United Kingdom
C700012,10003,OAK BOX,-1,2010-12-07 10:30:00,10.0,17002.0,Atlantis
C700013,99999,NEVER SOLD,-1,2010-12-07 11:00:00,1.0,17001.0,United Kingdom
C700014,10004,LATE LAMP,-1,2010-12-07 11:30:00,4.0,17004.0,United Kingdom
"""
WEDNESDAY = """\
700020,10004,LATE LAMP,3,2010-12-08 09:00:00,4.0,17004.0,United Kingdom
C700021,10001,BRASS BELL,-2,2010-12-08 10:00:00,2.55,17001.0,United Kingdom
"""


class Killed(BaseException):
    """The replay died here."""


class InProcess(httpx.BaseTransport):
    """Hands each request to the API, then works off what it led to. Dies at a request if told to, before or after it."""

    def __init__(self, services: Services, *, working: bool = True) -> None:
        self._services = services
        self._app = httpx.WSGITransport(app_of(services))
        self._working = working
        self._lock = threading.Lock()
        self.requests = 0
        self.dies_before: int | None = None
        self.dies_after: int | None = None
        self.cuts_answer_of: set[int] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests += 1
            if self.requests == self.dies_before:
                raise Killed
            response = self._app.handle_request(request)
            response.read()
            if self.requests == self.dies_after:
                raise Killed
            if self._working:
                work_off(self._services)
            if self.requests in self.cuts_answer_of:
                raise httpx.ReadError("the connection was cut after the effect")
            return response


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    paths = []
    for name, content in (("monday", MONDAY), ("tuesday", TUESDAY), ("wednesday", WEDNESDAY)):
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_text(HEADER + content)
    return paths


def replayed(services: Services, files, transport: InProcess | None = None, *, patience=10.0):
    with services.transaction() as session:
        key = create_key(session, role=Role.ADMIN, name="replay", at=datetime.now(UTC))
    with Api("http://api", key, transport=transport or InProcess(services)) as api:
        return run(plan(read(files)), api, Console(file=io.StringIO()), threads=2, patience=patience)


def state(services: Services):
    """Everything that a second run must not change."""
    return {
        table: one(services, f"SELECT count(*) FROM {table}")
        for table in ("purchase_order", "line_item", "payment_attempt", "money_transfer", "stock_movement", "picklist")
    }


class TestThreeMadeUpDays:
    def test_become_orders_shipped_paid_and_given_back_to_the_penny(self, services, days):
        report = replayed(services, days).as_json()

        assert report["differences"] == []
        assert report["rows"] == {"in": 23, "acted_on": 21, "listed": 2}
        assert report["sales"] == {
            "orders": 7,
            "rows": 13,
            "without_customer": 2,
            "repeating_a_sku": 1,
            "longest": 4,
        }
        assert report["money"] == {"in": "59.75", "orders": "134.50", "refunds": "72.24", "listed": "-2.51"}
        assert report["api"] == {"orders": 7, "captured": "106.50", "canceled": "28.00", "refunded": "44.24"}
        assert broken(services) == {}
        assert dict(
            rows(
                services,
                "SELECT reference, total || ' ' || captured || ' ' || refunded || ' ' || status FROM purchase_order",
            )
        ) == {
            "700001": "4600 4600 2920 completed",
            "700002": "1376 1376 0 completed",
            "700003": "1500 1500 0 completed",
            "700004": "1699 1699 849 completed",
            "700005": "2800 0 0 canceled",
            "700010": "275 275 255 completed",
            "700020": "1200 1200 400 completed",
        }

    def test_give_back_pieces_of_the_right_lines(self, services, days):
        replayed(services, days)

        assert rows(
            services,
            "SELECT o.reference, l.position, l.refunded_quantity FROM line_item l JOIN purchase_order o ON o.id = l.order_id"
            " WHERE l.refunded_quantity > 0 ORDER BY 1, 2",
        ) == [
            ("700001", 1, 5),
            ("700001", 2, 1),
            ("700001", 3, 4),
            ("700004", 1, 1),
            ("700010", 1, 1),
            ("700020", 1, 1),
        ]

    def test_send_no_mail_and_leave_the_shelves_as_sold(self, services, days):
        replayed(services, days)

        assert rows(services, "SELECT step FROM dispatch") == []
        assert not list(services.settings.outbox.glob("**/*.mbox"))
        assert one(services, "SELECT sum(on_hand) - sum(allocated) FROM stock") == 1, "the box that was never shipped"

    def test_are_not_replayed_twice(self, services, days):
        first = replayed(services, days).as_json()
        before = state(services)

        second = replayed(services, days).as_json()

        assert state(services) == before
        assert set(second.pop("changed").values()) == {0}
        assert first.pop("changed") == {
            "orders_placed": 7,
            "shipments_completed": 5,
            "orders_canceled": 1,
            "refunds_made": 5,
        }
        assert {**first, "seconds": 0} == {**second, "seconds": 0}

    def test_may_come_one_after_the_other(self, services, days):
        for count in (1, 2, 3):
            report = replayed(services, days[:count])
            assert report.differences() == []

        assert broken(services) == {}
        assert one(services, "SELECT sum(captured) || ' ' || sum(refunded) FROM purchase_order") == "10650 4424"


class TestAReplayThatIsKilled:
    def test_goes_on_where_it_was_and_does_nothing_twice(self, services, days):
        kills = 0
        for dies_at in range(3, 1000, 4):
            transport = InProcess(services)
            transport.dies_before, transport.dies_after = (dies_at, None) if kills % 2 else (None, dies_at)
            try:
                report = replayed(services, days, transport)
            except Killed:
                kills += 1
            else:
                break

        assert kills > 5
        assert report.differences() == []
        assert broken(services) == {}
        assert one(services, "SELECT count(*) || ' ' || sum(captured) || ' ' || sum(refunded) FROM purchase_order") == (
            "7 10650 4424"
        )
        assert one(services, "SELECT sum(on_hand) - sum(allocated) FROM stock") == 1, "nothing was received twice"

    def test_sends_again_under_the_same_key_what_was_cut_after_its_effect(self, services, days):
        transport = InProcess(services)
        transport.cuts_answer_of = set(range(4, 400, 3))

        report = replayed(services, days, transport)

        assert report.differences() == []
        assert one(services, "SELECT count(*) || ' ' || sum(captured) || ' ' || sum(refunded) FROM purchase_order") == (
            "7 10650 4424"
        )


class TestAReplayThatIsNotWell:
    def test_says_so_where_an_invoice_was_replayed_with_other_content(self, services, days):
        replayed(services, days)
        before = state(services)
        days[0].write_text(days[0].read_text().replace("OAK BOX,2,", "OAK BOX,3,"))

        report = replayed(services, days)

        assert state(services) == before
        assert report.differences() == ["the API refused what 3 rows ask for"]
        refused = [each for each in report.plan.listed if each.reason == "refused by the API"]
        assert [(Path(each.file).name, each.line, each.sku) for each in refused] == [
            ("monday.csv", 9, "10003"),
            ("monday.csv", 10, "D"),
            ("tuesday.csv", 6, "10003"),
        ]
        assert all(each.detail.endswith("stands for it, with another total") for each in refused)

    def test_gives_up_and_says_which_orders_wait_where_nobody_works(self, services, days):
        report = replayed(services, days, InProcess(services, working=False), patience=0.3)

        [stopped, *unfinished] = report.differences()
        assert stopped.startswith("the walk stopped: nothing moved for 0.3 s: 4 orders")
        assert "is in_progress, unpaid" in stopped
        assert any("has no order" in each for each in unfinished)
