"""`fulfillment check`: every invariant, on whichever database this machine uses."""

import sys

import click


@click.command()
@click.option("--json", "as_line", is_flag=True, help="Print one line of JSON.")
def check(*, as_line: bool) -> None:
    """Check every invariant; exit 1 and name the rows where one does not hold."""
    from rich.console import Console

    from fulfillment.checks.check import check_database
    from fulfillment.checks.report import as_json, print_table
    from fulfillment.runtime.database import database
    from fulfillment.runtime.faults import CannotStart
    from fulfillment.settings import Settings

    try:
        with database(Settings()) as url:
            findings = check_database(url)
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    if as_line:
        click.echo(as_json(findings))
    else:
        print_table(findings, Console())
    if not all(finding.holds for finding in findings):
        sys.exit(1)
