"""The mailer for a machine without a mail server: one mbox file per set of messages in a folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fulfillment.notifications.addresses import Sender
from fulfillment.notifications.mailer import UNSENDABLE, MailUnavailable, Message
from fulfillment.notifications.mbox import packed, unpacked
from fulfillment.notifications.mime import encoded


class OutboxMailer:
    """
    Writes each set of messages into a file of its own, named by time.

    One file for all of them, because to make a file costs more than to write a mail: many times more where others were just
    deleted. A file named `*.mbox` is whole. A message sent twice is there twice, so that repeats can be counted. Nothing is
    forced to the disk: killing the process loses no mail, a power cut may lose the latest, and whoever must not lose any
    then has a mail server.
    """

    def __init__(
        self, folder: Path, mail_from: str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raises Invalid where `mail_from` is no sender. The folder is made when the first set is sent."""
        self._folder = folder
        self._sender = Sender.parse(mail_from)
        self._clock = clock

    def send(self, messages: Sequence[Message]) -> list[str | None]:
        """Write the messages; see Mailer.send."""
        at = self._clock()
        outcomes: list[str | None] = []
        written: list[bytes] = []
        for message in messages:
            try:
                written.append(encoded(message, self._sender, at))
                outcomes.append(None)
            except ValueError as error:
                outcomes.append(f"{UNSENDABLE}{error}")
        if not written:
            return outcomes
        with _opened(self._folder) as folder:
            try:
                _put(folder, _file_name(at), packed(written, sender=self._sender.address, at=at))
            except OSError as error:
                lost = f"the file cannot be written: {error.strerror}"
                return [lost if outcome is None else outcome for outcome in outcomes]
        return outcomes


def mails_in(folder: Path) -> Iterator[bytes]:
    """Give every message in an outbox folder, repeats too, the oldest set first."""
    for file in sorted(folder.glob("*.mbox")):
        yield from unpacked(file.read_bytes())


def _put(folder: int, name: str, content: bytes) -> None:
    """Write a file that nobody sees as mail until it is whole, and leave none behind that is not."""
    draft = f".{name}.tmp"
    # Readable by its owner alone: names, addresses and what people bought.
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise
    finally:
        os.close(file)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise MailUnavailable(f"the outbox folder cannot be opened: {error.strerror}") from error
    try:
        yield folder
    finally:
        os.close(folder)


def _file_name(at: datetime) -> str:
    """Give a name that sorts by time, and is new even within one microsecond."""
    return f"{at:%Y%m%dT%H%M%S.%fZ}-{os.urandom(4).hex()}.mbox"
