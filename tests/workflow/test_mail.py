"""Mail that is not taken at once: put off for hours before a person is asked, and not at all counted where nobody tried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from builders import Shop, hasten, one, rows, work_off

from fulfillment.notifications.mailer import NOT_TRIED, Message


@dataclass
class _Says:
    """A mailer that says the same of every message."""

    outcome: str | None
    asked: int = 0

    def send(self, messages: Sequence[Message]) -> list[str | None]:
        self.asked += len(messages)
        return [self.outcome] * len(messages)


def _with_mail_waiting(shop: Shop, outcome: str | None) -> tuple[Shop, _Says]:
    mailer = _Says(outcome)
    shop = Shop(replace(shop.services, mailer=mailer), shop.warehouses, shop.products)
    shop.sells("MUG", A=1)
    shop.places(("MUG", 1))
    return shop, mailer


def test_greylisted_mail_is_tried_for_three_hours(shop: Shop) -> None:
    shop, mailer = _with_mail_waiting(shop, "451 greylisted")
    work_off(shop.services)
    pauses = []
    while not one(shop.services, "SELECT dead FROM dispatch"):
        pauses.append(float(one(shop.services, "SELECT extract(epoch FROM due_at - now()) FROM dispatch")))
        hasten(shop.services)
        work_off(shop.services)

    meant = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]  # A little of each has passed when it is looked at.
    assert all(seconds - 25 < left <= seconds for left, seconds in zip(pauses, meant, strict=True)), pauses
    assert mailer.asked == 10
    assert rows(shop.services, "SELECT failures, last_error FROM dispatch") == [(10, "451 greylisted")]


def test_a_refusal_for_good_is_told_to_a_person_at_once(shop: Shop) -> None:
    shop, mailer = _with_mail_waiting(shop, "550 no such mailbox")

    work_off(shop.services)

    assert rows(shop.services, "SELECT dead, failures FROM dispatch") == [(True, 1)]
    assert mailer.asked == 1


def test_mail_that_was_never_tried_is_put_off_however_often(shop: Shop) -> None:
    shop, mailer = _with_mail_waiting(shop, f"{NOT_TRIED}the mail server took too long over the set")
    for _ in range(12):
        work_off(shop.services)
        hasten(shop.services)
    assert rows(shop.services, "SELECT dead, failures FROM dispatch") == [(False, 0)]

    mailer.outcome = None
    work_off(shop.services)

    assert shop.dispatched() == []
