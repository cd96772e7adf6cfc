"""Bodies that do not come to an end."""

import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from api_client import Api, a_checkout, contents
from builders import Shop
from werkzeug.test import TestResponse

from fulfillment.access.models import Role
from web.body import MOST_READING

DEADLINE_SECONDS = 20.0


class Unfinished(io.RawIOBase):
    """A body of which nothing has come yet; it breaks off when its client is gone."""

    def __init__(self, reading: threading.Semaphore, gone: threading.Event) -> None:
        super().__init__()
        self._reading, self._gone = reading, gone

    def readable(self) -> bool:
        return True

    def readinto(self, _: object) -> int:
        self._reading.release()
        self._gone.wait(DEADLINE_SECONDS)
        return 0


@contextmanager
def clients_that_died_in_mid_sentence(api: Api, token: str | None) -> Iterator[None]:
    """As many as may be waited for, all of them being waited for."""
    reading, gone = threading.Semaphore(0), threading.Event()

    def send(number: int) -> TestResponse:
        return api.app.test_client().post(
            "/v1/checkouts",
            environ_overrides={"wsgi.input": Unfinished(reading, gone), "CONTENT_LENGTH": "100"},
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"dead-{number}"},
        )

    with ThreadPoolExecutor(MOST_READING) as threads:
        try:
            sent = [threads.submit(send, number) for number in range(MOST_READING)]
            for _ in sent:
                assert reading.acquire(timeout=DEADLINE_SECONDS)
            yield
        finally:
            gone.set()
        assert {each.result().status_code for each in sent} == {400}


def test_clients_that_died_in_mid_sentence_do_not_take_every_thread(shop: Shop, api: Api) -> None:
    shop.sells("MUG", price=10)
    storefront, csr = api.caller(Role.STOREFRONT), api.caller(Role.CSR)
    before = contents(shop.services)

    with clients_that_died_in_mid_sentence(api, storefront.token):
        refused = storefront.post("/v1/checkouts", a_checkout())
        read = csr.get("/v1/orders")
        assert contents(shop.services) == before
    taken = storefront.post("/v1/checkouts", a_checkout())

    assert (refused.status_code, refused.json["type"]) == (503, "/problems/too_many_unfinished_requests")
    assert refused.headers["Retry-After"] == "1"
    assert read.status_code == 200
    assert taken.status_code == 202
