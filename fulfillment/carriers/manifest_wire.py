"""What a carrier says of a manifest, as bytes, and how far it can be believed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fulfillment.carriers.port import Answer, Manifest, ManifestAnswer, Result
from fulfillment.carriers.wire import MESSAGE_LENGTH, Code, Readable, Word


class _Said(BaseModel):
    """Members that we do not know may be there: a carrier grows."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Told(_Said):
    """A manifest, as the carrier tells it."""

    key: Word
    status: Literal["closed", "failed"]
    code: Code | None = None
    message: Readable | None = None
    reference: Word | None = None
    labels: Annotated[int, Field(ge=0)]


class Problem(_Said):
    """A refusal, perhaps with the refused manifest inside."""

    code: Code
    detail: Readable | None = None
    key: Word | None = None
    manifest: Told | None = None


def read_closed(asked: Manifest, status: int, content: bytes) -> ManifestAnswer:
    """
    What an answer to a manifest says; unknown unless it speaks, beyond doubt, of this very manifest.

    200 and 201 carry it; a refusal (422) is a problem with the refused manifest inside.
    """
    if status in {200, 201}:
        try:
            return _believed(asked, Told.model_validate_json(content, strict=True), status)
        except ValidationError:
            return _unknown("unreadable", f"The answer, with status {status}, could not be understood.")
    problem = _problem(content)
    if problem is not None and status == 422 and problem.manifest is not None:  # noqa: PLR2004
        return _believed(asked, problem.manifest, status)
    if problem is not None and status == 400 and problem.code == "invalid_request":  # noqa: PLR2004
        return ManifestAnswer(Result.FAILED, None, problem.code, problem.detail)
    if problem is not None:
        return _unknown(problem.code, problem.detail)
    return _unknown(f"http_{status}", f"The carrier answered with status {status}.")


def read_found(asked: Manifest, status: int, content: bytes) -> ManifestAnswer | None:
    """What an answer to a question by key says; None only when the carrier itself says that it knows no such key."""
    if status == 404:  # noqa: PLR2004
        problem = _problem(content)
        if problem is not None and problem.code == "no_such_manifest" and problem.key == asked.key:
            return None
        return _unknown("http_404", "The address answered that it knows no such page.")
    return read_closed(asked, status, content)


def unheard(answer: Answer) -> ManifestAnswer:
    """Give why there is no answer."""
    return ManifestAnswer(answer.result, None, answer.code, answer.message)


def _believed(asked: Manifest, told: Told, status: int) -> ManifestAnswer:
    if told.key != asked.key or told.labels != len(asked.references):
        return _unknown("mismatch", f"The carrier answered about something else, with status {status}.")
    if told.status == "failed":
        return ManifestAnswer(Result.FAILED, None, told.code or "refused", told.message)
    if told.reference is None:
        return _unknown("unreadable", "The carrier closed the manifest, but its reference is missing.")
    return ManifestAnswer(Result.SUCCEEDED, told.reference, None, None)


def _unknown(code: str, message: str | None) -> ManifestAnswer:
    return ManifestAnswer(Result.UNKNOWN, None, code, message and message[:MESSAGE_LENGTH])


def _problem(content: bytes) -> Problem | None:
    try:
        return Problem.model_validate_json(content, strict=True)
    except ValidationError:
        return None
