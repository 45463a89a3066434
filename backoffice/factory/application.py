"""The Flask application whose requests are transactions: committed when the view ended well, else undone."""

from __future__ import annotations

import logging
from types import TracebackType

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import ImmutableDict

from backoffice.database import db
from backoffice.factory import assets
from backoffice.security import requests

_log = logging.getLogger(__name__)


class Application(Flask):
    """Commits inside `dispatch_request`, so that what the commit refuses reaches the error handlers too.

    A streamed answer is made after that; it opens a session of its own.
    """

    #: OPTIONS is for nobody, since pages are of one origin. Flask reads this before it adds the static files.
    default_config = ImmutableDict({**Flask.default_config, "PROVIDE_AUTOMATIC_OPTIONS": False})

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, then commit; an answer of 400 or more, or an exception, undoes everything."""
        try:
            response: Response = self.make_response(super().dispatch_request())
            if response.status_code < 400 or requests.keeps_refusal():
                db.session.commit()
            else:
                db.session.rollback()
        except BaseException:
            db.session.rollback()
            raise
        return response

    def send_static_file(self, filename: str) -> Response:
        """The file, compressed where that helps."""
        return assets.compressed(super().send_static_file(filename), filename)

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """One record with the traceback; the request id is on its line."""
        _log.error("%s %s failed", request.method, request.path, exc_info=exc_info)
