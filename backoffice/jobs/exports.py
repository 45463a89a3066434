"""Exports: the statement that the list compiled, as a file (decision 0006)."""

from __future__ import annotations

from typing import Final

from backoffice.gateways.files import Draft
from backoffice.jobs.files import Maker
from backoffice.jobs.runtime import Runtime
from backoffice.services.exports import carry_out, request, writing
from models import Export


def _write(runtime: Runtime, export: Export, draft: Draft, progress: writing.Progress) -> int:
    sheet = writing.Sheet(title=str(export), statement=export.statement, heads=export.heads)
    return writing.write(runtime.engine, sheet, export.format.value, draft, progress)


MAKER: Final = Maker(kind=request.KIND, life=carry_out.LIFE, write=_write)
