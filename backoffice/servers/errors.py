"""What stops a start, told in one sentence."""

from __future__ import annotations


class StartError(Exception):
    """The back-office cannot start; the message is one sentence for the person at the terminal."""
