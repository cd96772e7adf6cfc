"""
`/metrics` for Prometheus: how the work stands, from the database, and how long requests of this process took.

What is read from the database is the same in every process, and is remembered for some seconds: several scrapers, and
several processes, cost it little. Each process tells of its own requests: Prometheus adds them up over its targets.
"""

from __future__ import annotations

import hmac
import math
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from fulfillment.access.models import Role
from fulfillment.dispatch.times import BUCKETS as STEP_BUCKETS
from fulfillment.metrics.figures import KINDS, STEP_ROWS, STEP_SECONDS, Figure, read_figures
from fulfillment.tracing.port import Tracing
from fulfillment.wiring import Services
from web.access import KeyRing
from web.headers import REQUEST_ID_PLACE, ROUTE_PLACE, Application, Environ

log = structlog.get_logger()

PREFIX: Final = "fulfillment_"
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper ends, in seconds."""

_REMEMBERED_SECONDS: Final = 5.0
_REFUSED: Final = b"this needs METRICS_TOKEN, or the key of an administrator: Authorization: Bearer ...\n"


class RequestTimes:
    """How long requests took, by route and status. To add one costs less than a microsecond."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], list[float]] = {}

    def add(self, route: str, status: str, seconds: float) -> None:
        """Count a request."""
        with self._lock:
            counts = self._counts.get((route, status))
            if counts is None:
                counts = self._counts[route, status] = [0.0] * (len(BUCKETS) + 2)
            counts[bisect_left(BUCKETS, seconds)] += 1
            counts[-1] += seconds

    def collect(self) -> Metric:
        """Give them as a histogram."""
        family = HistogramMetricFamily(
            f"{PREFIX}http_request_seconds", "How long requests took.", labels=("method", "route", "status")
        )
        with self._lock:
            counted = {labels: list(counts) for labels, counts in self._counts.items()}
        for (route, status), counts in sorted(counted.items()):
            method, _, rule = route.partition(" ")
            ends = (*BUCKETS, math.inf)
            family.add_metric((method, rule, status), _cumulative(counts[:-1], ends), counts[-1])
        return family


def _cumulative(counts: Iterable[float], ends: Iterable[float]) -> list[tuple[str, float]]:
    total, found = 0.0, []
    for end, count in zip(ends, counts, strict=True):
        total += count
        found.append(("+Inf" if end == math.inf else str(end), total))
    return found


def _steps(figures: Sequence[Figure]) -> Metric:
    family = HistogramMetricFamily(
        f"{PREFIX}step_seconds", "From the change that called for a step to the commit of its effect.", labels=("step",)
    )
    for step, seconds in [(figure.labels[0], figure.value) for figure in figures if figure.name == STEP_SECONDS]:
        rows = {
            float(each.labels[1]): each.value for each in figures if (each.name, each.labels[0]) == (STEP_ROWS, step)
        }
        ends = sorted(rows.keys() | set(STEP_BUCKETS))  # Those of another version are not left out.
        family.add_metric((step,), _cumulative([rows.get(end, 0.0) for end in ends], ends), seconds)
    return family


class Figures(Collector):
    """What is read from the database, remembered for some seconds. Where that does not answer, `fulfillment_up` is 0."""

    def __init__(self, services: Services, times: RequestTimes, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._services = services
        self._times = times
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[float, list[Figure] | None] | None = None

    def collect(self) -> Iterable[Metric]:
        """Give every figure."""
        figures = self._figures()
        yield GaugeMetricFamily(f"{PREFIX}up", "Whether the database could be asked.", value=float(figures is not None))
        families = {
            kind.name: GaugeMetricFamily(f"{PREFIX}{kind.name}", kind.help, labels=kind.labels) for kind in KINDS
        }
        for figure in figures or ():
            if figure.name in families:
                families[figure.name].add_metric(figure.labels, figure.value)
        yield from families.values()
        yield _steps(figures or ())
        yield self._times.collect()

    def _figures(self) -> list[Figure] | None:
        with self._lock:  # Who comes meanwhile waits for the same answer.
            if self._known is None or self._known[0] <= self._clock():
                self._known = (self._clock() + _REMEMBERED_SECONDS, self._read())
            return self._known[1]

    def _read(self) -> list[Figure] | None:
        try:
            with self._services.transaction() as session:
                return read_figures(session, self._services.settings.alarm_limits, at=self._services.clock())
        except SQLAlchemyError as error:
            log.warning("metrics.unread", error=str(error).splitlines()[0])
            return None


def timed(application: Application, times: RequestTimes, tracing: Tracing | None = None) -> Application:
    """Count the requests of an application until their answer begins, and write their spans where there is tracing."""

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        started = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            # An address that nobody knows has no route: as many as there are, they are one.
            route = environ.get(ROUTE_PLACE) or f"{_method(environ)} other"
            seconds = time.perf_counter() - started
            times.add(route, status[:3], seconds)
            if tracing is not None:
                ended = time.time_ns()
                begun = ended - round(seconds * 1e9)
                tracing.request(environ[REQUEST_ID_PLACE], route, int(status[:3]), started=begun, ended=ended)
            return start_response(status, headers, *more)

        return application(environ, start)

    return answer


def _method(environ: Environ) -> str:
    method: str = environ.get("REQUEST_METHOD", "")
    return method if method in ("GET", "POST", "PATCH", "PUT", "DELETE") else "OTHER"


def metrics_app(services: Services, times: RequestTimes) -> Application:
    """Make the application that answers `/metrics`, to whoever has METRICS_TOKEN or the key of an administrator."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(services, times))
    ring, token = KeyRing(services), services.settings.token_of_metrics

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterator[bytes]:
        if not _may_look(environ.get("HTTP_AUTHORIZATION", ""), token, ring):
            start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
            return iter([_REFUSED])
        start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST), ("Cache-Control", "no-store")])
        return iter([generate_latest(registry)])

    return answer


def _may_look(authorization: str, token: str | None, ring: KeyRing) -> bool:
    scheme, _, said = authorization.partition(" ")
    said = said.strip()
    if scheme.lower() != "bearer" or not said or len(said) > 200:  # noqa: PLR2004 - longer than any key
        return False
    if token is not None and hmac.compare_digest(said.encode("utf-8", "replace"), token.encode()):
        return True
    key = ring.find(said)
    return key is not None and key.role == Role.ADMIN
