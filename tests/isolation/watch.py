"""Says whether an answer tells anything of somebody else's rows."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from pypdf import PdfReader
from pypdf.errors import PdfReadError
from werkzeug.test import TestResponse

from tests.isolation.rows import UUID

_NONCE = re.compile(r'nonce="[^"]*"|csrf_token" value="[^"]*"|Request [0-9a-f]{32}')


class Watch:
    """Looks for forbidden texts; pages that were seen before are not read again."""

    def __init__(self, forbidden: Iterable[str]) -> None:
        texts = set(forbidden)
        self.ids = frozenset(text for text in texts if UUID.fullmatch(text))
        self.texts = frozenset(texts) - self.ids
        self._clean: set[int] = set()

    def leaks(self, response: TestResponse, about: frozenset[str] = frozenset()) -> list[str]:
        """The forbidden texts in body and headers, but for those that the request itself had said."""
        body = _words(response) + str(response.headers.get("Location", ""))
        known = hash(_NONCE.sub("", body))
        if known in self._clean:
            return []
        said = "".join(about)
        found = (self.ids & set(UUID.findall(body))) | {text for text in self.texts if text in body}
        if not found:
            self._clean.add(known)
        return sorted(text for text in found if text not in said)


def _words(response: TestResponse) -> str:
    """What a person reads in the answer; of pictures, and of papers that are none, the bytes."""
    if response.mimetype == "application/pdf":
        try:
            return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(response.data)).pages)
        except PdfReadError:
            # What vendors hand in is kept as it came, whatever it is.
            return response.data.decode("latin-1")
    return response.data.decode("latin-1") if response.mimetype.startswith("image/") else response.text
