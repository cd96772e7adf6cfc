"""How Stripe says no."""

from typing import Any


class Refusal(Exception):
    """An error of the API. `begun`: the request was carried out as far as this no, so the no is kept for its key."""

    def __init__(
        self, status: int, kind: str, code: str | None, message: str, *, begun: bool = False, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.begun = begun
        said = {"type": kind, "code": code, "message": message, **more}
        self.body = {"error": {name: value for name, value in said.items() if value is not None}}


def invalid(message: str, code: str | None = None, *, begun: bool = False, status: int = 400, **more: Any) -> Refusal:
    return Refusal(status, "invalid_request_error", code, message, begun=begun, **more)


def missing(what: str, name: str, param: str) -> Refusal:
    return invalid(f"No such {what}: '{name}'", "resource_missing", status=404, param=param)
