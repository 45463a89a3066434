"""Texts of a known form: e-mail and web addresses, checked by browser and server alike."""

from __future__ import annotations

import re

from backoffice.errors import InvalidInputError
from backoffice.services import users
from views.forms.fields import TextField

_LINK = re.compile(r"https?://\S+")


class EmailField(TextField):
    """An e-mail address."""

    @property
    def input_type(self) -> str:  # type: ignore[override]
        """Browsers rewrite letters beyond ASCII, which would change what nobody touched."""
        return "email" if self.shown.isascii() else "text"

    def parse(self, text: str) -> str:
        """The address as users are stored with it. Raises `ValueError` for what is none."""
        try:
            return super().parse(users.normalise_email(text))
        except InvalidInputError as refused:
            raise ValueError(refused.message) from None


class LinkField(TextField):
    """An address on the web."""

    @property
    def input_type(self) -> str:  # type: ignore[override]
        """What was stored before there was a check can still be sent back as it is."""
        return "url" if not self.shown or _LINK.fullmatch(self.shown) else "text"

    def parse(self, text: str) -> str:
        """The address. Raises `ValueError` for what is none, and for other schemes such as `javascript:`."""
        if not _LINK.fullmatch(text):
            raise ValueError("Write an address that begins with https://.")
        return super().parse(text)
