"""`python -m tests.chaos.guard RECORD`: ends what is left when the process that holds our input is gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from backoffice.servers import leftovers


def watch(record: Path) -> subprocess.Popen[bytes]:
    """Start a guard in a session of its own; close its input once everything is stopped properly."""
    argv = [sys.executable, "-m", "tests.chaos.guard", str(record)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)


if __name__ == "__main__":
    sys.stdin.read()
    leftovers.end(Path(sys.argv[1]), patience=5.0)
