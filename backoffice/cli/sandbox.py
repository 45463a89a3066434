"""`backoffice sandbox`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), required=True, help="Port on 127.0.0.1.")
@click.option("--state", type=click.Path(path_type=Path), help="Where it keeps its objects; memory when left out.")
def command(port: int, state: Path | None) -> None:
    """Run the Stripe sandbox alone.

    Point a worker to it with STRIPE_API_BASE=http://127.0.0.1:PORT and any STRIPE_API_KEY that starts with sk_test_.
    """
    argv = [sys.executable, "-m", "backoffice.sandbox", "--port", str(port)]
    os.execv(sys.executable, [*argv, "--state", str(state)] if state else argv)  # noqa: S606 - the argv is ours
