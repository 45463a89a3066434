"""Reading pages in tests: the values that a browser would send back."""

from __future__ import annotations

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """Name and value of every control of the forms in the page's main part, as a browser sends them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[tuple[str, str]] = []
        self._area: str | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._text = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "main"
        if not self._inside:
            return
        found = dict(attrs)
        name = found.get("name") or ""
        kind = found.get("type")
        if tag == "input" and name and kind not in {"checkbox", "search"} and (kind != "radio" or "checked" in found):
            self.fields.append((name, found.get("value") or ""))
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select is not None:
            self._options.append((found.get("value") or "", "selected" in found))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "main"
        if tag == "textarea" and self._area is not None:
            # HTML drops the first line feed; browsers send every other one as CRLF.
            text = self._text.removeprefix("\n").replace("\n", "\r\n")
            self.fields.append((self._area, text))
            self._area = None
        elif tag == "select" and self._select is not None:
            chosen = [value for value, selected in self._options if selected] or [v for v, _ in self._options[:1]]
            self.fields.extend((self._select, value) for value in chosen[:1])
            self._select = None


def fields(page: str) -> list[tuple[str, str]]:
    """What the page's forms would send, without the form token."""
    reader = FormReader()
    reader.feed(page)
    return [(name, value) for name, value in reader.fields if name != "csrf_token"]
