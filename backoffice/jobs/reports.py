"""Reports: the statement of their type, compiled when the worker makes them, as a file."""

from __future__ import annotations

from typing import Final

from backoffice.gateways.files import Draft
from backoffice.jobs.files import Maker
from backoffice.jobs.runtime import Runtime
from backoffice.services.exports import writing
from backoffice.services.reports import carry_out, request, sheet
from models import Report


def _write(runtime: Runtime, report: Report, draft: Draft, progress: writing.Progress) -> int:
    # Compiled with the quoting of a connection, which is given back before the rows are read.
    with runtime.sessions() as session:
        made = sheet.sheet(session, report)
    return writing.write(runtime.engine, made, report.format.value, draft, progress)


MAKER: Final = Maker(kind=request.KIND, life=carry_out.LIFE, write=_write)
