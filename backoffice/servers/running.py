"""Where the copy that runs here has its servers, so that commands typed in another terminal find them."""

from __future__ import annotations

import json
import os
from collections.abc import MutableMapping
from pathlib import Path

_FILE = Path("run") / "addresses.json"


def publish(var: Path, addresses: dict[str, str]) -> None:
    """Write the addresses for the owner of this copy only. The Stripe key must not be among them (M16)."""
    path = var / _FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(addresses, file)


def withdraw(var: Path) -> None:
    """Remove the file: nothing runs here any more."""
    (var / _FILE).unlink(missing_ok=True)


def adopt(env: MutableMapping[str, str]) -> None:
    """Fill DATABASE_URL and the rest in from the copy that runs here; does nothing when DATABASE_URL is set."""
    if env.get("DATABASE_URL"):
        return
    path = Path(env.get("BACKOFFICE_VAR", "var")) / _FILE
    try:
        addresses = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    for name, value in addresses.items():
        if not env.get(name):
            env[name] = value
