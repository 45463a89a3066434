"""`backoffice sandbox`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), required=True, help="Port on 127.0.0.1.")
@click.option("--state", type=click.Path(path_type=Path), help="Where it keeps its objects; memory when left out.")
@click.option("--webhook", metavar="URL", help="Where it sends all events, as `stripe listen --forward-to` does.")
@click.option("--webhook-secret", help="What it signs them with; the web process has it in STRIPE_WEBHOOK_SECRET.")
@click.option("--rate-limit", type=click.IntRange(1), help="429 above so many requests a second and endpoint.")
def command(port: int, **options: object) -> None:
    """Run the Stripe sandbox alone.

    Point a worker to it with STRIPE_API_BASE=http://127.0.0.1:PORT and any STRIPE_API_KEY that starts with sk_test_.
    """
    argv = [sys.executable, "-m", "backoffice.sandbox", "--port", str(port)]
    for name, value in options.items():
        argv += [f"--{name.replace('_', '-')}", str(value)] if value is not None else []
    os.execv(sys.executable, argv)  # noqa: S606 - the argv is ours
