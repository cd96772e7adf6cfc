"""
Traces: one that joins a request to the steps it caused, however many processes did them.

No message and no row carries anything for it: the ids of a trace and of its first span follow from the request's id, which
every step knows as its cause anyway.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from fulfillment.tracing.port import Tracing

if TYPE_CHECKING:
    from opentelemetry.context import Context

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_ERROR_FROM: Final = 500


class _Ids(RandomIdGenerator):
    """Ids at random, but for the one span that is to have those of its request."""

    def __init__(self) -> None:
        self.next = threading.local()

    def generate_trace_id(self) -> int:
        wanted: tuple[int, int] | None = getattr(self.next, "ids", None)
        return super().generate_trace_id() if wanted is None else wanted[0]

    def generate_span_id(self) -> int:
        wanted: tuple[int, int] | None = getattr(self.next, "ids", None)
        return super().generate_span_id() if wanted is None else wanted[1]


def ids_of(request_id: str) -> tuple[int, int]:
    """Give the ids of the trace and of the first span of a request."""
    digest = hashlib.sha256(request_id.encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1


class Spans(Tracing):
    """Writes spans by OpenTelemetry."""

    def __init__(self, provider: TracerProvider, ids: _Ids) -> None:
        """`provider` says where they go, and must give its spans these ids."""
        self._provider = provider
        self._ids = ids
        self._tracer = provider.get_tracer("fulfillment")

    @classmethod
    def of(cls, name: str) -> Spans:
        """Make one of a process, whose spans go nowhere yet."""
        ids = _Ids()
        return cls(TracerProvider(resource=Resource.create({"service.name": name}), id_generator=ids), ids)

    @classmethod
    def to(cls, url: str, name: str) -> Spans:
        """Make one whose spans go to this address, by OTLP over HTTP."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        tracing = cls.of(name)
        tracing.provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url)))
        return tracing

    @property
    def provider(self) -> TracerProvider:
        """Where spans go."""
        return self._provider

    def request(self, request_id: str, route: str, status: int, *, started: int, ended: int) -> None:
        """Write the span of a request: the first of its trace."""
        self._ids.next.ids = ids_of(request_id)
        try:
            span = self._tracer.start_span(
                route,
                kind=SpanKind.SERVER,
                start_time=started,
                attributes={"request_id": request_id, "http.response.status_code": status},
            )
        finally:
            self._ids.next.ids = None
        if status >= _ERROR_FROM:
            span.set_status(StatusCode.ERROR)
        span.end(ended)

    def step(
        self, step: str, causes: Iterable[Mapping[str, int | str]], *, failed: bool, started: int, ended: int
    ) -> None:
        """Write a span for each row of a set, in the trace of what caused it; all rows of a set take as long as the set."""
        for attributes in causes:
            span = self._tracer.start_span(
                step,
                context=_below(str(attributes["request_id"])),
                kind=SpanKind.CONSUMER,
                start_time=started,
                attributes=attributes,
            )
            if failed:
                span.set_status(StatusCode.ERROR)
            span.end(ended)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _below(request_id: str) -> Context:
    trace_id, span_id = ids_of(request_id)
    return set_span_in_context(NonRecordingSpan(SpanContext(trace_id, span_id, is_remote=True, trace_flags=_SAMPLED)))
