"""What a person does with mouse and keyboard to get a task done, counted."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from playwright.sync_api import Locator, Page


class Hands:
    """Counts clicks and keystrokes while it is open, and sees that the page is never loaded anew.

    A paste is one keystroke (Ctrl-V), as is a key with Ctrl.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.keys = 0
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> Self:
        self.page.evaluate("window.sameDocument = true")
        self._began = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds += time.monotonic() - self._began
        if kind is None:
            assert self.page.evaluate("window.sameDocument"), "The page was loaded anew."

    def click(self, place: Locator) -> None:
        """One click of the mouse."""
        place.click()
        self.clicks += 1

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """A text, a key a letter."""
        self.page.keyboard.type(text)
        self.keys += len(text)

    def paste(self, text: str) -> None:
        """A text that was copied elsewhere."""
        self.page.keyboard.insert_text(text)
        self.keys += 1
