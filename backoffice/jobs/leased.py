"""Work that a worker has taken for a while, and what becomes of it when something goes wrong (JOB-2, J10)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backoffice.jobs import failures
from backoffice.services.leases import LeaseLostError


@contextmanager
def work(log: logging.Logger, noun: str, put_off: Callable[[Exception], None]) -> Iterator[None]:
    """Do what is inside; `put_off` decides what an error of it means. Whoever lost the lease leaves it to the next.

    RQ's time-out is about the worker and passes through.
    """
    try:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - sorted out by kind
            failures.pass_on(error)
            put_off(error)
    except LeaseLostError:
        log.warning("Another worker has taken this %s over.", noun)
