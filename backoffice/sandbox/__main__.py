"""`python -m backoffice.sandbox --port 12111 [--state FILE] ...`: run the Stripe sandbox until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from backoffice.sandbox.stripe.errors import StripeError
from backoffice.sandbox.stripe.server import Server


def main(arguments: list[str] | None = None) -> int:
    """Serve; 0 after SIGTERM or Ctrl-C, 1 with one sentence when the port or the file cannot be used."""
    parser = argparse.ArgumentParser(prog="backoffice.sandbox", description="A Stripe on loopback.")
    parser.add_argument("--port", type=int, default=12111, help="0 takes a free one and prints it")
    parser.add_argument("--state", type=Path, help="SQLite file that keeps refunds and transfers between runs")
    parser.add_argument("--webhook", metavar="URL", help="address that all events are sent to")
    parser.add_argument("--webhook-secret", metavar="whsec_...", help="what they are signed with")
    parser.add_argument("--rate-limit", type=int, metavar="N", help="429 above N requests a second and endpoint")
    options = parser.parse_args(arguments)
    if bool(options.webhook) != bool(options.webhook_secret):
        parser.error("--webhook and --webhook-secret go together")
    webhook = (options.webhook, options.webhook_secret) if options.webhook else None
    try:
        server = Server(options.port, options.state, webhook, options.rate_limit)
    except (OSError, OverflowError, ValueError, StripeError) as error:
        sys.stderr.write(f"The Stripe sandbox cannot start: {error}.\n")
        return 1
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout.write(f"Stripe sandbox on http://127.0.0.1:{server.port}\n")
    sys.stdout.flush()
    server.courier.start()
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    finally:
        server.courier.stop()
        server.server_close()
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
