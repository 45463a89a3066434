"""What runs outside the web process: the worker's entry, the runner of operations, the relay."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from rq.timeouts import BaseTimeoutException

_log = logging.getLogger(__name__)


def run(kind: str, id: str) -> None:  # noqa: A002 - the payload's word
    """Carry out one wake. Safe for any number of deliveries; a wake that means nothing is ignored.

    Nothing is raised to RQ: it would keep tracebacks in Redis (J5), and the row already says what is to be done (J15).
    """
    from backoffice import logs  # noqa: PLC0415 - the worker's parent process imports no more than it needs
    from backoffice.jobs import runtime  # noqa: PLC0415

    handler = handlers().get(kind)
    try:
        row_id = uuid.UUID(id)
    except ValueError:
        handler = None
    if handler is None:
        _log.warning("A wake of an unknown kind or id was ignored.")
        return
    logs.request_id.set(f"{kind}-{row_id}")
    try:
        handler(runtime.current(), row_id)
    except BaseTimeoutException:
        _log.error("The job took too long; its lease will run out and it is tried again.")
    except Exception:  # noqa: BLE001 - this is the edge
        _log.exception("The job ended early; its lease will run out and it is tried again.")


def handlers() -> dict[str, Callable[..., None]]:
    """What carries out each kind of row."""
    # Here, because it loads every action.
    from backoffice.jobs import (  # noqa: PLC0415
        charges,
        exports,
        imports,
        mails,
        operations,
        provider_sweeps,
        recon,
        reports,
        webhooks,
    )

    return {
        "operation": operations.run,
        "webhook_event": webhooks.run,
        "provider_sweep": provider_sweeps.run,
        "recon_run": recon.run,
        "invoice_charge": charges.run,
        "export": exports.MAKER.run,
        "import": imports.run,
        "report": reports.MAKER.run,
        "mail": mails.run,
    }
