"""What `backoffice up` says to the person at the terminal."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print a line now, also when the output is a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
