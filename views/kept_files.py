"""Files that people handed in and that are kept in the database: read one by one, and never shown inside a panel."""

from __future__ import annotations

import io
from typing import Any

from flask import send_file
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.services import scope
from views.base import EntityView
from views.current import acting, session
from views.ids import wanted_id
from views.records import reading


class KeptFileView(EntityView):
    """The record page leads to the file itself."""

    extra_routes = {"content_view": None}  # noqa: RUF012 - never changed

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:
        """The file."""
        return [("Download", self.get_url(".content_view", id=row_id))]

    @expose("/content/")
    def content_view(self) -> Response:
        """The file as it is kept; that somebody read it is noted (ACC-3)."""
        model = self.entity.model
        found: Any = scope.get_visible(session(), model, wanted_id(), acting())
        reading.note(session(), model, found.id, ("content",), acting())
        return send_file(
            io.BytesIO(found.content),
            mimetype=found.media_type.value,
            as_attachment=True,
            download_name=found.file_name,
        )
