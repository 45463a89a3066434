"""`python -m backoffice.cli`, which is how the supervisor starts its children."""

from __future__ import annotations

from backoffice.cli import main

main(prog_name="backoffice")
