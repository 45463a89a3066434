"""Who can sign in to the demo marketplace. The addresses end in `.example`, which belongs to nobody."""

from __future__ import annotations

from typing import Final

DEMO_PASSWORD: Final = "demo-marketplace-2026"  # noqa: S105 - published on purpose, for the demo only
ADMINS: Final = ("admin@demo.example", "admin2@demo.example")
FINANCE: Final = ("finance@demo.example", "finance2@demo.example")
LOGISTICS: Final = ("logistics@demo.example",)
VENDORS: Final = ("vendor@demo.example", "vendor2@demo.example")
