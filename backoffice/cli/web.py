"""`backoffice web`."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

import click

THREADS = 8


@click.command()
def command() -> None:
    """Serve the pages with waitress.

    Needs DATABASE_URL, REDIS_URL and SECRET_KEY; reads HOST, PORT, PUBLIC_URL and TRUSTED_PROXIES. Behind a proxy that
    speaks https set PUBLIC_URL to the https address and TRUSTED_PROXIES to the number of proxies.

    Takes Stripe's events when STRIPE_WEBHOOK_SECRET is set; of test mode, unless STRIPE_MODE is live.
    """
    import waitress

    from backoffice.config import Config
    from backoffice.factory import create_app

    # Whoever takes over a web process finds no key to the money (M16).
    os.environ.pop("STRIPE_API_KEY", None)
    config = Config.from_environment(os.environ, need=frozenset({"redis_url", "secret_key"}))
    signal.signal(signal.SIGTERM, _leave)
    app = create_app(config)
    # What is there now stays; a full collection that went through all of it would keep somebody waiting.
    gc.collect()
    gc.freeze()
    waitress.serve(
        app,
        host=config.host,
        port=config.port,
        threads=THREADS,
        ident="",
        # The application counts the proxies itself (ProxyFix); without proxies nobody's headers are believed.
        clear_untrusted_proxy_headers=config.trusted_proxies == 0,
    )


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Waitress finishes the requests it has when it sees SystemExit."""
    sys.exit(0)
