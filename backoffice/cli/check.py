"""`backoffice check`."""

from __future__ import annotations

import os
import sys

import click

_MARKS = {"ok": "ok  ", "warning": "warn", "failure": "FAIL"}


@click.command()
def command() -> None:
    """Check the settings and the servers; one line each, exit code 1 when something fails.

    \b
    - every setting is there and well formed
    - PostgreSQL answers, is 15 or newer, and has the newest schema
    - the application's role cannot change tables (a warning when one role does both)
    - Redis or Valkey answers and never evicts keys
    """
    from backoffice.servers.health import findings

    found = list(findings(os.environ))
    for finding in found:
        click.echo(f"{_MARKS[finding.kind]}  {finding.text}")
    if any(finding.kind == "failure" for finding in found):
        sys.exit(1)
