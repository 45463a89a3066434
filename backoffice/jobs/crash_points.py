"""Named places where a test can make the process die, as `kill -9` would (J11). In production they do nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Final

from backoffice import logs

#: The places, in the order in which an item passes them.
POINTS: Final = (
    "before_claim", "claimed_uncommitted", "claimed", "preflown", "taken", "glanced", "begun", "called",
    "settled_uncommitted", "settled", "ended_uncommitted", "ended",
)  # fmt: skip
#: The places that an event of the payment provider passes.
EVENT_POINTS: Final = (
    "event_before_claim", "event_claimed_uncommitted", "event_claimed", "event_fetched", "event_applied_uncommitted",
    "event_applied",
)  # fmt: skip
#: The places that a backfill passes.
SWEEP_POINTS: Final = ("sweep_claimed_uncommitted", "sweep_claimed", "sweep_asked", "sweep_stored_uncommitted")
#: The places that a reconciliation passes.
RECON_POINTS: Final = (
    "recon_claimed_uncommitted", "recon_claimed", "recon_asked", "recon_stored_uncommitted",
    "recon_compared_uncommitted",
)  # fmt: skip
#: The places that the charge of a plan fee passes.
CHARGE_POINTS: Final = (
    "charge_claimed_uncommitted", "charge_claimed", "charge_called", "charge_settled_uncommitted", "charge_settled",
)  # fmt: skip
#: The places that a file passes: an export, a report.
FILE_POINTS: Final = ("file_claimed_uncommitted", "file_claimed", "file_written", "file_kept_uncommitted")
#: The places that an import passes, in parts or as a whole.
IMPORT_POINTS: Final = (
    "import_claimed_uncommitted", "import_claimed", "import_part_uncommitted", "import_part_done",
    "import_all_uncommitted",
)  # fmt: skip
#: The places that a mail passes.
MAIL_POINTS: Final = (
    "mail_claimed_uncommitted", "mail_claimed", "mail_handed_over", "mail_settled_uncommitted", "mail_settled",
)  # fmt: skip
#: A folder; a file in it, named for a place and for what is carried out, orders one death there.
FOLDER: Final = "BACKOFFICE_CRASH_FOLDER"
#: Content of the file when the RQ worker, the parent, is to die as well.
BOTH: Final = "both"


def reach(point: str) -> None:
    """Die here if that is ordered; the order is used up first, so that the next run passes."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return
    order = Path(folder, f"{point}-{logs.request_id.get()}")
    try:
        what = order.read_text(encoding="ascii")
        order.unlink()
    except FileNotFoundError:
        return
    if what == BOTH:
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
