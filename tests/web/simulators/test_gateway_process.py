"""The gateway as a process: killed without warning, it comes back with the same truth."""

import signal
import subprocess
import threading
import uuid
from pathlib import Path

import psutil
import pytest
from runtime.conditions import eventually
from simulated_gateway import SimulatedGateway

from fulfillment.payments.gateway import Answer, Operation, Request, Result
from fulfillment.payments.gateway.http import HttpGateway

pytestmark = pytest.mark.process


def a_payment() -> Request:
    return Request(uuid.uuid4().hex, Operation.AUTHORIZE, 1000, "GBP", "tok_ok", None, "PO-1")


def test_what_was_answered_before_kill_9_is_true_after_it(tmp_path: Path) -> None:
    requests = [a_payment() for _ in range(3000)]
    answers: list[Answer] = []
    with SimulatedGateway(tmp_path / "books.sqlite3") as simulator:
        gateway = HttpGateway(simulator.url)

        def load() -> None:
            for start in range(0, len(requests), 20):
                answers.extend(gateway.send(requests[start : start + 20]))

        loading = threading.Thread(target=load)
        loading.start()
        eventually(lambda: len(answers) >= 200, seconds=60)
        simulator.kill()
        loading.join(60)
        simulator.start()

        found = gateway.find(requests)
        booked = {entry["key"]: entry["reference"] for entry in simulator.entries()}
        again = gateway.send(requests)
        after = simulator.entries()
        gateway.close()

    assert {answer.result for answer in answers} == {Result.SUCCEEDED, Result.UNKNOWN}
    for request, answer, truth in zip(requests, answers, found, strict=True):
        assert (truth and truth.reference) == booked.get(request.key)
        if answer.result is Result.SUCCEEDED:
            assert truth == answer
    assert all(answer.result is Result.SUCCEEDED for answer in again)
    assert sorted(entry["key"] for entry in after) == sorted(request.key for request in requests)
    assert booked.items() <= {entry["key"]: entry["reference"] for entry in after}.items()


def test_kill_9_leaves_no_process_behind(tmp_path: Path) -> None:
    with SimulatedGateway(tmp_path / "books.sqlite3") as simulator:
        assert simulator.process is not None
        children = psutil.Process(simulator.process.pid).children(recursive=True)

        simulator.kill()

        assert children
        eventually(lambda: not any(alive(child) for child in children), seconds=10)


def test_ends_when_asked_even_while_a_call_sleeps(tmp_path: Path) -> None:
    with SimulatedGateway(tmp_path / "books.sqlite3") as simulator:
        process = simulator.process
        assert process is not None
        children = psutil.Process(process.pid).children(recursive=True)
        simulator.arm("slow", seconds=100)
        gateway = HttpGateway(simulator.url, read=0.3)
        gateway.send([a_payment()])
        gateway.close()

        process.send_signal(signal.SIGTERM)

        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            pytest.fail("the gateway did not end")
        simulator.process = None
        eventually(lambda: not any(alive(child) for child in children), seconds=10)


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
