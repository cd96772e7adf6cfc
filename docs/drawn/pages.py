"""What each page that is made from the code says."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from html import escape

import diagram

import fulfillment
from fulfillment.kernel.machine import Machine
from fulfillment.process import EVENTS, STEPS, SWEEPS
from fulfillment.settings.described import described
from fulfillment.settings.held_in_files import IN_FILES, file_of
from web.app import describe

_METHODS = ("get", "post", "put", "patch", "delete")


def settings() -> str:
    """Every variable."""
    listed = "\n".join(f"| `{each.variable}` | {each.description} | {each.default} |" for each in described())
    return (
        "# Settings\n\nAll come from the environment. An empty variable is one that is not set; a value that cannot be meant "
        "is refused at start, in a sentence. `fulfillment settings` prints this list.\n\n"
        f"A secret need not stand in the environment: {', '.join(f'`{file_of(name)}`' for name in IN_FILES)} name a file each that "
        "holds the setting.\n\n"
        f"| variable | what it is for | unset |\n|---|---|---|\n{listed}\n"
    )


def api() -> str:
    """Every route, by what it is about. The whole document, with bodies and answers, is at /openapi.json and /docs."""
    document = describe()
    about = {tag["name"]: tag.get("description", "") for tag in document["tags"]}
    routes: dict[str, list[str]] = defaultdict(list)
    for path, item in document["paths"].items():
        for method in _METHODS:
            if (operation := item.get(method)) is not None:
                roles = ", ".join(sorted(str(role) for role in operation.get("x-roles", [])))
                line = f"| {method.upper()} | `{path}` | {_cell(operation['summary'])} | {roles} |"
                routes[operation["tags"][0]].append(line)
    head = (
        "# API\n\nEvery call, by what it is about. A running system describes itself with all bodies and answers: "
        "`/openapi.json` for programs, `/docs` for people."
    )
    parts = [head]
    for tag in [*(tag for tag in about if tag in routes), *(tag for tag in routes if tag not in about)]:
        rows = "\n".join(routes[tag])
        parts.append(
            f"## {tag.capitalize()}\n\n{about.get(tag, '')}\n\n| | | what it does | who may |\n|---|---|---|---|\n{rows}"
        )
    return "\n\n".join(parts) + "\n"


def process() -> str:
    """What follows what."""
    followed = "\n".join(
        f"| `{event}` | {'<br>'.join(f'`{step}`' for step in steps) or 'a person is next'} |"
        for event, steps in EVENTS.items()
    )
    travelling = "\n".join(
        f"| `{name}` | {step.queue} | {step.most} | {step.lane} |" for name, step in sorted(STEPS.items())
    )
    woken = "\n".join(f"| `{name}` | {seconds} |" for name, seconds in SWEEPS.items())
    return (
        "# Process\n\nDrawn from `fulfillment/process.py`. An event is published in the transaction of the change that it "
        "names; each of its steps becomes a row in that same transaction, so that nothing which must follow can be "
        "forgotten.\n\n"
        f"## What follows what\n\n| event | steps |\n|---|---|\n{followed}\n\n"
        "## How steps travel\n\nSteps of one order and one lane go one after the other. A message carries at most so many "
        f"rows.\n\n| step | queue | rows in a message | lane |\n|---|---|---|---|\n{travelling}\n\n"
        "## Sweeps\n\nWoken by the beat every so many seconds; a sweep looks at the state, so that a missed or repeated tick "
        f"does no harm.\n\n| sweep | seconds |\n|---|---|\n{woken}\n"
    )


def states() -> str:
    """Every machine: its picture and its table."""
    head = (
        "# States\n\nDrawn from the tables in `fulfillment/*/states.py`, which are all that decides about legal moves. What "
        "stands on the left leads back, what stands on the right leads on."
    )
    parts = [head]
    for machine in machines():
        rows = "\n".join(
            f"| {_words(row.verb)} | {', '.join(sorted(row.sources))} | {row.target} |" for row in machine.rows
        )
        name = _words(machine.name).capitalize()
        parts.append(f"## {name}\n\n{diagram.of_machine(machine)}\n\n| verb | from | to |\n|---|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"


def machines() -> Iterator[Machine]:
    """Every machine of the domain, those of orders and shipments first."""
    found: dict[str, Machine] = {}
    names = [each.name for each in pkgutil.walk_packages(fulfillment.__path__, "fulfillment.")]
    for name in sorted(
        names, key=lambda each: (not each.startswith(("fulfillment.orders", "fulfillment.shipments")), each)
    ):
        if name.endswith(".states"):
            for value in vars(importlib.import_module(name)).values():
                if isinstance(value, Machine):
                    found.setdefault(value.name, value)
    yield from found.values()


def _words(name: str) -> str:
    return escape(name.replace("_", " "))


def _cell(text: str) -> str:
    return escape(text.replace("|", "\\|"), quote=False)
