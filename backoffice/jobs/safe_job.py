"""The only kind of job that a worker carries out: ours. Redis is not trusted with what to run (J6)."""

from __future__ import annotations

from typing import Any

from rq.exceptions import DeserializationError
from rq.job import Job

from backoffice.queue import ENTRY


class SafeJob(Job):
    """Refuses any function but `backoffice.jobs.run`, any arguments but `kind` and `id`, and every callback."""

    def _deserialize_data(self) -> None:
        """Read the payload and refuse what we would not have written; RQ then marks the job as failed."""
        super()._deserialize_data()  # type: ignore[no-untyped-call]
        if self._func_name != ENTRY or self._instance is not None or self._args or not _is_wake(self._kwargs):
            self._func_name, self._args, self._kwargs = "", (), {}
            raise DeserializationError("this job is not allowed")

    def restore(self, raw_data: Any) -> None:
        """Read everything but what would make RQ call, fetch or repeat something on its own."""
        super().restore(raw_data)
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.webhooks = []
        self.retries_left = self.repeats_left = None


def _is_wake(kwargs: Any) -> bool:
    return (
        isinstance(kwargs, dict)
        and set(kwargs) == {"kind", "id"}
        and all(isinstance(value, str) for value in kwargs.values())
    )
