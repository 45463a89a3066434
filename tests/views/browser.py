"""A test client that is signed in, counts statements, and carries the form token by itself."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from werkzeug.test import TestResponse

from backoffice.database import db, session_factory
from backoffice.factory.application import Application
from backoffice.services import user_sessions
from models import User
from tests.factories import acting_for

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """One person's browser."""

    def __init__(self, app: Application, engine: sa.Engine, user: User) -> None:
        self.app = app
        self.user = user
        self.client = app.test_client()
        with session_factory(engine)() as session:
            token = user_sessions.start(session, user, acting=acting_for(user))
            session.commit()
        with self.client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        self.statements: list[str] = []
        self._token: str | None = None

    @property
    def panel(self) -> str:
        return f"/{self.user.role.value}"

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.client.get(path if path.startswith("/") else f"{self.panel}/{path}", **kwargs)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> TestResponse:
        """POST with a valid form token."""
        fields = list(data.items()) if isinstance(data, dict) else list(data or [])
        form: dict[str, list[Any]] = {"csrf_token": [self.token()]}
        for name, value in fields:
            form.setdefault(name, []).append(value)
        return self.client.post(path if path.startswith("/") else f"{self.panel}/{path}", data=form, **kwargs)

    def token(self) -> str:
        if self._token is None:
            self._token = _TOKEN.findall(self.client.get(f"{self.panel}/").text)[0]
        return self._token

    def count(self, path: str, **kwargs: Any) -> tuple[TestResponse, list[str]]:
        """The answer and the statements it took, without those of session and settings."""
        with self.app.app_context():
            engine = db.engine
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if "user_sessions" not in statement and "set_config" not in statement:
                seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            response = self.get(path, **kwargs)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return response, seen
