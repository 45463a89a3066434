"""`python -m backoffice.sandbox.mail --port 2525 --folder DIR`: take mail until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from backoffice.sandbox.mail.server import Mailbox, make_server


def main(arguments: list[str] | None = None) -> int:
    """Serve; 0 after SIGTERM or Ctrl-C, 1 with one sentence when the port or the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="backoffice.sandbox.mail", description="A mail server on loopback.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where each mail becomes a file")
    options = parser.parse_args(arguments)
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    try:
        server = make_server(Mailbox(options.folder), options.port)
        server.start()
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"The mail sandbox cannot start: {error}.\n")
        return 1
    sys.stdout.write(f"Mail sandbox on smtp://127.0.0.1:{options.port}\n")
    sys.stdout.flush()
    stop.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
