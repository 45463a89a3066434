"""Debian's Chromium, and a person of the demo who signs in with it."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Page

from backoffice.demo import DEMO_PASSWORD

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def sign_in(page: Page, name: str) -> None:
    """Sign in by the name before the @, such as `finance2`, and wait for that role's home."""
    page.goto("/sign-in")
    page.fill("[name=email]", f"{name}@demo.example")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"**/{name.rstrip('0123456789')}/")
