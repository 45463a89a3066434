"""`python -m tests.crawl [full]`: prints what was found on all pages together; exit code 1 when it is anything."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.crawl.panel import crawl
from tests.crawl.probe import Findings
from tests.support.copies import running

#: The largest first, so that two processes end at about the same time.
ROLES = ("admin", "finance", "vendor", "logistics")
#: How many findings of a kind are told in words.
_TOLD = 40


def main(*, full: bool) -> int:
    """Crawl the panels of a copy of its own, two at a time."""
    started = time.monotonic()
    total = Findings()
    with tempfile.TemporaryDirectory(prefix="backoffice-crawl-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with running(folder / "var", folder / "said") as copy, ProcessPoolExecutor(2, get_context("spawn")) as pool:
            address = f"http://127.0.0.1:{copy.port}"
            for job in [pool.submit(crawl, address, role, full=full) for role in ROLES]:
                total.add(job.result())
    for kind, lines in total.found.items():
        for line in lines[:_TOLD]:
            print(f"{kind}: {line}")
    print(f"pages visited {total.pages}")
    for kind, lines in total.found.items():
        print(f"{kind} {len(lines)}")
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if any(total.found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(full="full" in sys.argv[1:]))
