from __future__ import annotations

import contextlib
import email
import mailbox
import os
from datetime import UTC, datetime
from email.policy import SMTP

import pytest

from fulfillment.notifications.mailer import MailUnavailable, Message
from fulfillment.notifications.outbox import OutboxMailer, mails_in

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


def test_a_set_is_one_mailbox_named_by_time_that_mail_programs_read(tmp_path) -> None:
    an_outbox(tmp_path).send([a_message(1, text="Hi\nFrom here on\n>From there"), a_message(2)])

    [file] = tmp_path.iterdir()
    assert file.name.startswith("20261121T120000.000000Z-")
    assert file.suffix == ".mbox"
    with contextlib.closing(mailbox.mbox(file, create=False)) as opened:
        first, second = opened
    assert (first.get_from(), first["Message-ID"]) == (
        "orders@shop.example Sat Nov 21 12:00:00 2026",
        "<1.PO-1@shop.example>",
    )
    assert first.get_payload(0).get_payload() == "Hi\n>From here on\n>>From there\n"
    assert second["Message-ID"] == "<2.PO-2@shop.example>"


def test_every_mail_is_read_back_as_it_was_sent_also_a_repeat_at_the_same_instant(tmp_path) -> None:
    outbox = an_outbox(tmp_path)
    tricky = a_message(1, text="\nFrom here on\n>From there\n\n", html="<p>1\r\n.\rFrom</p>")
    for _ in range(2):
        outbox.send([tricky, a_message(2)])

    assert len(list(tmp_path.iterdir())) == 2
    found = [email.message_from_bytes(each, policy=SMTP) for each in mails_in(tmp_path)]
    assert [each["Message-ID"] for each in found] == ["<1.PO-1@shop.example>", "<2.PO-2@shop.example>"] * 2
    texts = [part.get_content() for part in found[2].iter_parts()]
    assert texts == ["\r\nFrom here on\r\n>From there\r\n\r\n", "<p>1\r\n.\r\nFrom</p>\r\n"]


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
def test_a_full_disk_fails_the_set_and_leaves_no_half_of_it(tmp_path, monkeypatch, step) -> None:
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, full)
        outcomes = an_outbox(tmp_path).send([a_message(1), a_message(2, to="no address"), a_message(3)])

    assert outcomes[::2] == ["the file cannot be written: No space left on device"] * 2
    assert outcomes[1].startswith("not sendable: ")
    assert list(tmp_path.iterdir()) == []


def test_a_set_is_seen_only_when_it_is_whole(tmp_path, monkeypatch) -> None:
    seen_before_writing = []
    real = os.write

    def look(file, content) -> int:
        seen_before_writing.append(sorted(each.suffix for each in tmp_path.iterdir()))
        return real(file, content[:500])

    monkeypatch.setattr(os, "write", look)
    an_outbox(tmp_path).send([a_message(1), a_message(2)])

    assert len(seen_before_writing) > 1
    assert {tuple(each) for each in seen_before_writing} == {(".tmp",)}
    assert len(list(mails_in(tmp_path))) == 2
