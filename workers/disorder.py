"""
What a broker may do to messages, done on purpose: keep them back, give them in another order, twice, or invent some.

Nothing of it may have an effect: the row is the job, and the message only a hint.
"""

from __future__ import annotations

import random
import time
from typing import Any, Final

import click

from fulfillment.process import QUEUES, STEPS
from fulfillment.settings import Settings
from workers.app import make_app

_LARGEST: Final = 2**63 - 1
_LOOK_SECONDS: Final = 0.01
_KEPT_SECONDS: Final = 0.3


@click.group()
def main() -> None:
    """Disturb the messages of the broker that the settings name."""


@main.command()
@click.option("--messages", default=10_000, type=click.IntRange(1))
@click.option("--rows", default=2_000_000, type=click.IntRange(1), help="Invented rows have ids up to this.")
@click.option("--seed", default=1, type=click.IntRange(0))
def forge(messages: int, rows: int, seed: int) -> None:
    """Publish messages that no relay wrote: of rows that are not there, that are done, that are not theirs, and nonsense."""
    app = make_app(Settings())
    chance = random.Random(seed)  # noqa: S311 - no secret
    steps = sorted(STEPS)
    with app.connection_for_write() as connection:
        producer = app.amqp.Producer(connection.default_channel, auto_declare=False)
        for _ in range(messages):
            step = chance.choice(steps)
            said = _invented(chance, rows)
            app.send_task(step, kwargs={"rows": said}, queue=STEPS[step].queue, producer=producer)


def _invented(chance: random.Random, rows: int) -> Any:
    nonsense: list[Any] = [
        "rows",
        None,
        [["1; DROP TABLE dispatch", 1]],
        [{"id": 1}],
        [[-1, 0]],
        [[2**80, 1]],
        [[_LARGEST, 1]],
    ]
    if chance.random() < 1 / 5:
        return chance.choice(nonsense)
    # Never the fence of a row that is handed out: only who has leased it knows that, and then it is no forgery.
    return [[chance.randint(1, rows), chance.randint(1_000_000, _LARGEST)] for _ in range(chance.randint(1, 5))]


@main.command()
@click.option("--seconds", default=3.0, type=click.FloatRange(0.1))
@click.option("--seed", default=1, type=click.IntRange(0))
def shuffle(seconds: float, seed: int) -> None:
    """Take messages out of their queues, and put them back later, in another order, and twice."""
    app = make_app(Settings())
    chance = random.Random(seed)  # noqa: S311 - no secret
    ends = time.monotonic() + seconds
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        producer = app.amqp.Producer(channel, auto_declare=False)
        while time.monotonic() < ends:
            taken = _taken(channel, until=time.monotonic() + _KEPT_SECONDS)
            chance.shuffle(taken)
            for queue, message in [*taken, *taken]:
                producer.publish(
                    message.body,
                    routing_key=queue,
                    headers=message.headers,
                    content_type=message.content_type,
                    content_encoding=message.content_encoding,
                    **{
                        name: message.properties[name]
                        for name in ("correlation_id", "reply_to")
                        if name in message.properties
                    },
                )


def _taken(channel: Any, *, until: float) -> list[tuple[str, Any]]:
    taken: list[tuple[str, Any]] = []
    while time.monotonic() < until:
        found = ((queue, channel.basic_get(queue, no_ack=True)) for queue in QUEUES)
        taken += [(queue, message) for queue, message in found if message is not None]
        time.sleep(_LOOK_SECONDS)
    return taken


if __name__ == "__main__":
    main()
