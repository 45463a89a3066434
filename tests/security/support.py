"""A person at a browser: fetches forms, sends them with their token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models import User
from tests.factories.users import PASSWORD

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Browser:
    """A client that knows how to sign in."""

    client: FlaskClient
    base_url: str = "http://127.0.0.1:8000"

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=self.base_url, **options)

    def post(self, path: str, data: dict[str, str] | None = None, **options: Any) -> TestResponse:
        """With the token of this browser's session, as a form would send it."""
        return self.client.post(
            path, data={**(data or {}), "csrf_token": self.token}, base_url=self.base_url, **options
        )

    @property
    def token(self) -> str:
        """A form token of this browser's session."""
        return self.get("/probe/token").text

    def sign_in(self, user: User | str, password: str = PASSWORD, **fields: str) -> TestResponse:
        page = self.get("/sign-in")
        found = _TOKEN.search(page.text)
        data = {"email": user if isinstance(user, str) else user.email, "password": password, **fields}
        if found:
            data["csrf_token"] = found[1]
        return self.client.post("/sign-in", data=data, base_url=self.base_url)

    def sign_out(self) -> TestResponse:
        return self.post("/sign-out")
