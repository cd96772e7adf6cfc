"""Several calls at the same moment, on connections of their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from fulfillment.kernel.errors import Conflict


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls at the same moment; give what each gave, or the refusal it met."""
    together = Barrier(len(calls))

    def one_of_them(call: Callable[[], object]) -> object:
        together.wait()
        try:
            return call()
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(one_of_them, calls))
