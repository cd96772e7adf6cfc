"""`Prefer: wait=N`."""

import threading
from itertools import count

import pytest
from flask import Flask

from web.waiting import MOST_WAITERS, seconds_to_wait, wait_for


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("", 0),
        ("wait=5", 5),
        ("Wait = 5", 5),
        ('wait="5"', 5),
        ("respond-async, wait=5", 5),
        ("return=minimal; wait=5", 5),
        ("wait=31", 30),
        ("wait=999999", 30),
        ("wait=0", 0),
        ("wait=-1", 0),
        ("wait=1.5", 0),
        ("wait=9999999999999999999999", 0),
        ("await=5", 0),
        ("wait", 0),
    ],
)
def test_the_client_says_how_long(said: str, seconds: float) -> None:
    with Flask("x").test_request_context(headers={"Prefer": said}):
        assert seconds_to_wait() == seconds


def test_it_looks_until_there_is_something() -> None:
    looks = count(1)

    assert wait_for(lambda: "done" if next(looks) == 4 else None, 30) == "done"
    assert next(looks) == 5


def test_it_gives_up_when_the_time_is_over() -> None:
    looks = count(1)

    def look() -> None:
        next(looks)

    assert wait_for(look, 0.05) is None
    assert next(looks) > 2


def test_who_finds_all_places_taken_looks_once_and_waits_for_nothing() -> None:
    inside, stop = threading.Barrier(MOST_WAITERS + 1), threading.Event()

    def waits() -> None:
        looks = count(1)

        def look() -> str | None:
            if next(looks) == 2:
                inside.wait(30)  # whoever looks a second time has a place
            return "done" if stop.is_set() else None

        wait_for(look, 30)

    threads = [threading.Thread(target=waits) for _ in range(MOST_WAITERS)]
    for thread in threads:
        thread.start()
    inside.wait(30)
    looks: list[int] = []

    assert wait_for(lambda: looks.append(1), 30) is None

    assert looks == [1]
    stop.set()
    for thread in threads:
        thread.join()
    assert wait_for(lambda: "done" if stop.is_set() else None, 0) == "done"
