"""`python -m tests.crawl [full]`: prints what was found on all pages together; exit code 1 when it is anything."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.crawl.panel import LOOKS, again, one_a_template, walk
from tests.crawl.probe import Findings
from tests.support.copies import running

#: The largest first, so that two processes end at about the same time.
ROLES = ("admin", "finance", "vendor", "logistics")
#: How many findings of a kind are told in words.
_TOLD = 40


def main(*, full: bool) -> int:
    """Walk through the panels of a copy of its own, two at a time; then see pages again in the other looks."""
    started = time.monotonic()
    total = Findings()
    with tempfile.TemporaryDirectory(prefix="backoffice-crawl-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with running(folder / "var", folder / "said") as copy, ProcessPoolExecutor(2, get_context("spawn")) as pool:
            address = f"http://127.0.0.1:{copy.port}"
            walks = [pool.submit(walk, address, role, full=full) for role in ROLES]
            panels = [job.result() for job in walks]
            places = {one.role: list(one.seen.values()) for one in panels} if full else one_a_template(panels)
            looks = [(role, look, some) for look in LOOKS[1:] for role, some in places.items()]
            repeats = [pool.submit(again, address, role, look, some, full=full) for role, look, some in looks]
            for findings in (*(one.findings for one in panels), *(job.result() for job in repeats)):
                total.add(findings)
    for kind, lines in total.found.items():
        for line in lines[:_TOLD]:
            print(f"{kind}: {line}")
    print(f"pages visited {total.pages}, of them opened states {total.states}; axe was asked about {total.asked}")
    for kind, lines in total.found.items():
        print(f"{kind} {len(lines)}")
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if any(total.found.values()) else 0


if __name__ == "__main__":
    sys.exit(main(full="full" in sys.argv[1:]))
