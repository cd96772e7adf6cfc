"""The server: keys, idempotency, errors, expansion, and faults on request."""

import contextlib
import http.server
import json
import re
import secrets
import socket
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from stripe_double.books import Books, copied
from stripe_double.endpoints import ROUTES
from stripe_double.form import parsed
from stripe_double.refusal import Refusal, invalid

KEY = "sk_test_double"
_EXPANDABLE = ("latest_charge", "balance_transaction")


@dataclass(frozen=True)
class Fault:
    """
    What is to go wrong with one request: `cut_before`, `cut`, `timeout_before`, `timeout_after`, `error_before`, `error_after`,
    `error_kept` (nothing done, and the error is kept for the key), `rate_limit`, `garbage`.

    `path` is a part of the path that it is for.
    """

    kind: str
    path: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class Kept:
    """The first answer to an idempotency key."""

    fingerprint: tuple[str, str]
    status: int
    content: bytes


class StripeDouble:
    """Stripe in this process, at `url`; its books may be read and its clock moved."""

    def __init__(self) -> None:
        self.books = Books()
        self.faults: deque[Fault] = deque()
        self.calls: list[tuple[str, str, str | None]] = []
        self.kept: dict[str, Kept | None] = {}
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def arm(self, kind: str, path: str = "", method: str = "POST", times: int = 1) -> None:
        self.faults.extend([Fault(kind, path, method)] * times)

    def forget_keys(self) -> None:
        """A day passed: keys may be used anew."""
        self.kept.clear()

    def calls_of(self, key: str) -> int:
        return sum(1 for _, _, sent in self.calls if sent == key)

    def answer(self, method: str, path: str, body: str, headers: Any) -> tuple[int, bytes, dict[str, str]]:
        """One request. Raises ConnectionError where the line is to be cut, TimeoutError where nothing is to come."""
        key = headers.get("Idempotency-Key") if method == "POST" else None
        with self._lock:
            self.calls.append((method, urlsplit(path).path, key))
            fault = next((one for one in self.faults if one.method == method and one.path in path), None)
            if fault is not None:
                self.faults.remove(fault)
        if fault is not None and (early := _before(fault)) is not None:
            return early
        status, content, more = self._with_key(method, path, body, headers, key, fails=fault and fault.kind)
        if fault is not None and fault.kind in ("cut", "timeout_after"):
            raise TimeoutError if fault.kind == "timeout_after" else ConnectionError
        return status, b"<html>" if fault is not None and fault.kind == "garbage" else content, more

    def _with_key(
        self, method: str, path: str, body: str, headers: Any, key: str | None, fails: str | None
    ) -> tuple[int, bytes, dict[str, str]]:
        try:
            _authenticate(headers)
            if key is None:
                return *self._carried_out(method, path, body), {}
            with self._lock:
                if (known := self._known(key, (path, body))) is not None:
                    return known.status, known.content, {"Idempotent-Replayed": "true"}
                self.kept[key] = None
        except Refusal as refusal:
            return refusal.status, json.dumps(refusal.body).encode(), {}
        keep: Kept | None = None
        try:
            if fails == "error_kept":
                raise _broken()
            status, content = self._carried_out(method, path, body)
            if fails == "error_after":
                raise _broken()
            keep = Kept((path, body), status, content)
        except Refusal as refusal:
            status, content = refusal.status, json.dumps(refusal.body).encode()
            keep = Kept((path, body), status, content) if refusal.begun else None
        finally:
            with self._lock:
                if keep is None:
                    self.kept.pop(key, None)
                else:
                    self.kept[key] = keep
        return status, content, {}

    def _known(self, key: str, fingerprint: tuple[str, str]) -> Kept | None:
        if key not in self.kept:
            return None
        if (known := self.kept[key]) is None:
            raise Refusal(409, "idempotency_error", "idempotency_key_in_use", "A request with this key is running.")
        if known.fingerprint != fingerprint:
            raise Refusal(400, "idempotency_error", None, "The key was used with other parameters.")
        return known

    def _carried_out(self, method: str, path: str, body: str) -> tuple[int, bytes]:
        parts = urlsplit(path)
        form = parsed(body if method == "POST" else parts.query)
        for its_method, pattern, endpoint in ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if its_method == method and found:
                with self.books.lock:
                    try:
                        told = endpoint(self.books, form, *map(unquote, found.groups()))
                    except ValueError as wrong:
                        raise invalid(f"Invalid integer: {wrong}", "parameter_invalid_integer") from wrong
                    return 200, json.dumps(_expanded(told, form)).encode()
        raise invalid(f"Unrecognized request URL ({method}: {parts.path}).", status=404)


def _before(fault: Fault) -> tuple[int, bytes, dict[str, str]] | None:
    if fault.kind == "cut_before":
        raise ConnectionError
    if fault.kind == "timeout_before":
        raise TimeoutError
    if fault.kind == "error_before":
        return 503, b'{"error": {"type": "api_error", "message": "Try again."}}', {}
    if fault.kind == "rate_limit":
        limited = Refusal(429, "invalid_request_error", "lock_timeout", "Another request holds this object.")
        return limited.status, json.dumps(limited.body).encode(), {}
    return None


def _broken() -> Refusal:
    return Refusal(500, "api_error", None, "An unknown error occurred", begun=True)


def _authenticate(headers: Any) -> None:
    if headers.get("Authorization") != f"Bearer {KEY}":
        raise Refusal(401, "invalid_request_error", None, "Invalid API Key provided: sk_****")


def _expanded(told: dict[str, Any], form: dict[str, Any]) -> dict[str, Any]:
    """What is not asked to be in full is its id alone; what is asked for below it is in full with it."""
    wanted = {part for path in form.get("expand", {}).values() for part in path.split(".")}
    said: dict[str, Any] = copied(told)
    _folded(said, wanted)
    return said


def _folded(thing: Any, wanted: set[str]) -> None:
    for each in thing if isinstance(thing, list) else [thing]:
        if not isinstance(each, dict):
            continue
        for name, value in each.items():
            if name in _EXPANDABLE and isinstance(value, dict) and name not in wanted:
                each[name] = value["id"]
            elif name != "balance_transactions":
                _folded(value, wanted)


def _handler(double: StripeDouble) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            try:
                status, content, more = double.answer(self.command, self.path, body, self.headers)
            except (ConnectionError, TimeoutError) as silence:
                self.close_connection = True
                if isinstance(silence, TimeoutError):
                    self.connection.settimeout(10)
                    self.connection.recv(1)  # until the other side has waited long enough
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            said = {"Content-Type": "application/json", "Content-Length": str(len(content)), **more}
            for name, value in {**said, "Request-Id": f"req_{secrets.token_hex(7)}"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815  named by the library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
