"""A quick look at a row, beside its list."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin.base import expose

from views import htmx
from views.columns import personal, resolve
from views.current import acting, form, session
from views.ids import wanted_id
from views.listing.layout import is_long
from views.records import reading
from views.records.query import RecordQuery


class PeekPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    record: RecordQuery
    render: Any

    @expose("/peek/")
    def peek_view(self) -> str:
        """Title, status, short fields and actions of a row. Who saw personal data in it is noted (ACC-3)."""
        row_id, who = wanted_id(), acting()
        record = self.record.fetch(session(), row_id, who, self.panel.linker(), form())
        columns = resolve(self.entity.model, self.access.details)
        shown = [not is_long(column) for column in columns]
        seen = [column for column, short in zip(columns, shown, strict=True) if short]
        reading.note(session(), self.entity.model, row_id, personal(seen), who)
        return self.render(
            "list/peek.html" if htmx.asks() else "list/peek_page.html",
            record=record,
            fields=[field for field, short in zip(record.fields, shown, strict=True) if short and field[1].text],
            back=self.panel.address(request.args.get("back")),
            steps=self._next_steps(record, who),  # type: ignore[attr-defined]
        )
