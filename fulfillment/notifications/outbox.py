"""The mailer for a machine without a mail server: one .eml file per message in a folder."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fulfillment.notifications.addresses import Sender
from fulfillment.notifications.mailer import UNSENDABLE, MailUnavailable, Message
from fulfillment.notifications.mime import encoded

_LONGEST_ID_IN_NAME: Final = 120
_UNSAFE_IN_NAME: Final = re.compile(r"[^A-Za-z0-9@.-]+")


class OutboxMailer:
    """
    Writes each message into a file of its own, named by time and Message-ID.

    A file named `*.eml` is whole. A message sent twice leaves two files, so that repeats can be counted. Nothing is forced
    to the disk: killing the process loses no mail, a power cut may lose the latest, and whoever must not lose any then has
    a mail server.
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
        with _opened(self._folder) as folder:
            return [self._outcome(folder, message) for message in messages]

    def _outcome(self, folder: int, message: Message) -> str | None:
        at = self._clock()
        try:
            _put(folder, _file_name(message.message_id, at), encoded(message, self._sender, at))
        except ValueError as error:
            return f"{UNSENDABLE}{error}"
        except OSError as error:
            return f"the file cannot be written: {error.strerror}"
        return None


def _put(folder: int, name: str, content: bytes) -> None:
    """Write a file that nobody sees as a message until it is whole, and leave none behind that is not."""
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


def _file_name(message_id: str, at: datetime) -> str:
    """Give a name that sorts by time, shows the Message-ID, and is new even for a repeat within one microsecond."""
    safe_id = _UNSAFE_IN_NAME.sub("_", message_id.strip("<>"))[:_LONGEST_ID_IN_NAME]
    return f"{at:%Y%m%dT%H%M%S.%fZ}-{safe_id}-{os.urandom(4).hex()}.eml"
