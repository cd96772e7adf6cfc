"""`fulfillment reconcile`: the command line."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import click

from fulfillment.kernel.say import Say
from fulfillment.reconciliation.states import DriftClass

if TYPE_CHECKING:
    from rich.console import Console

    from fulfillment.wiring import Services

_NO_GATEWAY: Final = "approve:"
"""Stands in where no gateway is set: it has no books, and the report says that nothing was compared with it."""


@click.command()
@click.option("--repair", is_flag=True, help="Repair what is found; without it nothing is changed.")
@click.option("--json", "as_json", is_flag=True, help="One object on one line instead of tables.")
@click.option(
    "--class",
    "classes",
    multiple=True,
    type=click.Choice([str(each) for each in DriftClass]),
    help="Look at this class of drift alone; may be said several times.",
)
@click.option(
    "--item",
    "items",
    multiple=True,
    type=click.IntRange(1),
    help="Repair this item of an earlier run; nothing is searched.",
)
def reconcile(*, repair: bool, as_json: bool, classes: tuple[str, ...], items: tuple[int, ...]) -> None:
    """Find what has drifted, class by class, and repair it item by item.

    A run without --repair tells what a run with it would do. What is repaired stands with before and after on the timeline
    of its order; a second run finds nothing. Ends with 1 when something is left.
    """
    if items and classes:
        raise click.UsageError("--item names what to repair: it takes no --class")
    from rich.console import Console

    console = Console(stderr=as_json)
    with _services() as services:
        found, errors = (
            (_repaired(services, items), {}) if items else _looked(services, console, classes, repairs=repair)
        )
    left = [each for each in found if each["status"] == "open"]
    if as_json:
        click.echo(json.dumps(_counted(found, errors) | {"items": found}, default=str))
    else:
        _print(console, found, errors, repaired=repair or bool(items))
    sys.exit(1 if left or errors else 0)


@contextmanager
def _services() -> Iterator[Services]:
    from sqlalchemy.exc import ProgrammingError

    from fulfillment.runtime.commands import in_a_sentence
    from fulfillment.runtime.database import database
    from fulfillment.settings import Settings
    from fulfillment.wiring import build

    settings = Settings()
    with in_a_sentence(), database(settings) as url:
        known = settings.gateway_url is not None or settings.stripe_key is not None
        more = {} if known else {"gateway_url": _NO_GATEWAY}
        services = build(settings.model_copy(update={"database_url": url, **more}), name="fulfillment reconcile")
        try:
            yield services
        except ProgrammingError as error:
            raise click.ClickException(
                f"the schema is not ours, or old: run `fulfillment db upgrade`. {error.orig}"
            ) from error
        finally:
            services.close()


def _looked(
    services: Services, console: Console, classes: Sequence[str], *, repairs: bool
) -> tuple[list[dict[str, Any]], Mapping[str, str]]:
    from fulfillment.kernel.cause import Cause, CauseKind
    from fulfillment.reconciliation.runs import ask_for, find_item, find_run
    from fulfillment.workflow.reconcile import carry_out

    cause = Cause(CauseKind.PERSON, f"reconcile-{uuid4().hex}", getpass.getuser())
    with services.transaction() as session:
        chosen = [DriftClass(each) for each in classes]
        run = ask_for(session, chosen, repairs=repairs, cause=cause, at=services.clock(), begun=True)
    with _progress(console, len(run.classes)) as on_step:
        item_ids = carry_out(services, run, on_step=on_step)
    with services.transaction() as session:
        errors: Mapping[str, str] = find_run(session, run.id)["errors"]
        return [dict(find_item(session, item_id)) for item_id in item_ids], errors


def _repaired(services: Services, item_ids: Sequence[int]) -> list[dict[str, Any]]:
    from fulfillment.kernel.cause import Cause, CauseKind
    from fulfillment.kernel.errors import NotFound
    from fulfillment.reconciliation.runs import find_item
    from fulfillment.workflow.reconcile import try_to_repair

    cause = Cause(CauseKind.PERSON, f"reconcile-{uuid4().hex}", getpass.getuser())
    found = []
    for item_id in item_ids:
        try:
            try_to_repair(services, item_id, cause=cause)
        except NotFound as missing:
            raise click.ClickException(f"{missing}: `fulfillment reconcile` lists what there is") from missing
        with services.transaction() as session:
            found.append(dict(find_item(session, item_id)))
    return found


@contextmanager
def _progress(console: Console, classes: int) -> Iterator[Say]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=classes, completed=-1)

        def on_step(what: str) -> None:
            progress.update(task, description=what, advance=0 if " " in what else 1)

        yield on_step


def _counted(found: Sequence[Mapping[str, Any]], errors: Mapping[str, str]) -> dict[str, Any]:
    statuses = [each["status"] for each in found]
    counts = {name: statuses.count(status) for name, status in (("repaired", "repaired"), ("left", "open"))}
    return {"found": len(found), **counts, "errors": errors}


def _print(console: Console, found: Sequence[Mapping[str, Any]], errors: Mapping[str, str], *, repaired: bool) -> None:
    from rich.table import Table

    if found:
        table = Table("item", "class", "rule", "order", "where", "status", title="fulfillment reconcile")
        for each in found:
            where = " ".join(f"{name}={value}" for name, value in each["place"].items())
            number, status = each["order_number"] or "", each["refusal"] or each["status"]
            table.add_row(str(each["id"]), each["drift"], each["rule"], number, where, status)
        console.print(table)
    for drift, error in errors.items():
        console.print(f"{drift}: could not be looked at: {error}", markup=False)
    counts = _counted(found, errors)
    console.print(f"{counts['found']} found, {counts['repaired']} repaired, {counts['left']} left")
    if counts["left"] and not repaired:
        console.print("Nothing was changed: `fulfillment reconcile --repair` repairs, `--item N` one of them.")
