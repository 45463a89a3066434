"""The sandbox of these tests."""

from __future__ import annotations

from tests.sandbox.fixtures import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]
