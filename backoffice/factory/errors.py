"""Answers to what went wrong: a refusal in words, "try again", or a page that tells nothing but the request id."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, jsonify, request
from flask_wtf.csrf import CSRFError, generate_csrf
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from backoffice.database import db
from backoffice.errors import DomainError, PageRefusedError, TransientError
from backoffice.factory import error_pages
from backoffice.security import requests, rules, staff
from backoffice.services import audit, constraints

_log = logging.getLogger(__name__)
_RETRY_AFTER = "3"
_SENT_ANEW = "X-Form-Token"
_SENTENCES = {
    400: "The browser sent something that this page cannot read.",
    401: "Sign in first.",
    403: "Your role does not open this page.",
    404: "There is no such page or record.",
    405: "This page cannot be used in this way.",
}


def init_app(app: Flask) -> None:
    """Register the handlers; crashes stay visible in tests."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(PageRefusedError, _page_refused)
    app.register_error_handler(IntegrityError, _constraint)
    app.register_error_handler(DataError, _constraint)
    for kind in (TransientError, OperationalError, PoolTimeoutError):
        app.register_error_handler(kind, _busy)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _crash)


def answer(status: int, title: str, message: str, code: str) -> Response:
    """The error as a page, or as JSON for callers that read that."""
    if requests.wants_json():
        body = {"error": {"code": code, "message": message, "request_id": requests.request_id()}}
        response: Response = jsonify(body)
    else:
        response = Response(error_pages.page(status, title, message), mimetype="text/html")
    response.status_code = status
    return response


def _refused(error: DomainError) -> Response:
    # What was written before the rule said no must not be seen by the page that says so.
    db.session.rollback()
    return answer(error.status, _title(error.status), error.message, error.code)


def _page_refused(error: PageRefusedError) -> Response:
    """The one refusal that is written down: who tried which page (A4)."""
    response = _refused(error)
    audit.record(
        db.session(),
        audit.Event.ACCESS_DENIED,
        acting=staff.current(),
        entity="pages",
        entity_id=request.endpoint or request.path,
        after={"method": request.method},
    )
    db.session.commit()
    return response


def _constraint(error: DBAPIError) -> Response:
    _log.warning("the database refused: %s", error.orig)
    return _refused(constraints.refusal_for(error))


def _busy(error: Exception) -> Response:
    _log.warning("try again: %s: %s", type(error).__name__, getattr(error, "orig", None) or error)
    response = answer(503, "Please try again", "This took too long just now. Nothing was changed.", "try_again")
    response.headers["Retry-After"] = _RETRY_AFTER
    return response


def _stale_form(error: CSRFError) -> Response:
    _log.warning("form token: %s", error.description)
    if staff.current_staff() is None and rules.rule_of(request.method, request.endpoint or "") is not rules.PUBLIC:
        return answer(401, _title(401), _SENTENCES[401], "sign_in_required")
    message = "This form is too old or comes from elsewhere. Go back, reload the page and send it again."
    response = answer(400, "The form has expired", message, "csrf")
    if "HX-Request" in request.headers:
        # Whoever signed in again in another tab sends what they typed once more; no other site can read it.
        response.headers[_SENT_ANEW] = generate_csrf()
    return response


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    status = error.code or 500
    message = _SENTENCES.get(status) or (_too_large() if status == 413 else "This did not work.")
    response = answer(status, _title(status), message, "http")
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _too_large() -> str:
    return (
        f"That is more than this page accepts at once, which is {(request.max_content_length or 0) >> 20} MB at most."
    )


def _crash(error: InternalServerError) -> Response:
    del error
    message = "Something is broken on our side, and it has been written down. Nothing was changed."
    return answer(500, "This did not work", message, "crash")


def _title(status: int) -> str:
    """A heading for a status."""
    titles = {401: "Sign in", 403: "Not for your role", 404: "Not found", 409: "Refused", 422: "Refused"}
    return titles.get(status) or HTTPStatus(status).phrase
