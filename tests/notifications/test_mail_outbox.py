from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from fulfillment.notifications.mailer import MailUnavailable, Message
from fulfillment.notifications.outbox import OutboxMailer

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_message(number: int = 1, **changes) -> Message:
    fields = {
        "message_id": f"<{number}.PO-{number}@shop.example>",
        "to": "ana@customer.example",
        "subject": "Hello",
        "text": "text",
        "html": "<p>html</p>",
    }
    return Message(**(fields | changes))


def an_outbox(folder) -> OutboxMailer:
    return OutboxMailer(folder, "orders@shop.example", clock=lambda: NOON)


def test_names_the_file_by_time_and_message_id(tmp_path) -> None:
    an_outbox(tmp_path).send([a_message()])

    [file] = tmp_path.iterdir()
    assert file.name.startswith("20261121T120000.000000Z-1.PO-1@shop.example-")
    assert file.suffix == ".eml"


def test_a_repeat_at_the_same_instant_is_a_second_file(tmp_path) -> None:
    outbox = an_outbox(tmp_path)
    outbox.send([a_message(), a_message()])

    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_a_message_id_cannot_lead_out_of_the_folder(tmp_path) -> None:
    folder = tmp_path / "outbox"

    assert an_outbox(folder).send([a_message(message_id=f"<../../{'x' * 300}@shop.example>")]) == [None]

    [file] = folder.iterdir()
    assert "/" not in file.name
    assert list(tmp_path.iterdir()) == [folder]


def test_only_the_owner_may_read_what_customers_bought(tmp_path) -> None:
    folder = tmp_path / "outbox"
    an_outbox(folder).send([a_message()])

    [file] = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_says_so_where_the_folder_cannot_be_made(tmp_path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(MailUnavailable, match="the outbox folder cannot be opened"):
        an_outbox(tmp_path / "taken" / "outbox").send([a_message()])


@pytest.mark.parametrize("step", ["write", "rename"])
def test_a_full_disk_fails_the_message_and_leaves_no_half_of_it(tmp_path, monkeypatch, step) -> None:
    real, calls = getattr(os, step), []

    def full_at_first(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        return real(*arguments, **options)

    monkeypatch.setattr(os, step, full_at_first)

    assert an_outbox(tmp_path).send([a_message(1), a_message(2)]) == [
        "the file cannot be written: No space left on device",
        None,
    ]
    [file] = tmp_path.iterdir()
    assert "2.PO-2" in file.name


def test_a_message_is_seen_only_when_it_is_whole(tmp_path, monkeypatch) -> None:
    seen_before_writing = []
    real = os.write

    def look(file, content) -> int:
        seen_before_writing.append(sorted(each.suffix for each in tmp_path.iterdir()))
        return real(file, content)

    monkeypatch.setattr(os, "write", look)
    an_outbox(tmp_path).send([a_message(1), a_message(2)])

    assert seen_before_writing == [[".tmp"], [".eml", ".tmp"]]
