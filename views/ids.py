"""Ids in addresses and forms."""

from __future__ import annotations

import uuid

from flask import abort, request


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID in its usual spelling, or None."""
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def wanted_id(name: str = "id") -> uuid.UUID:
    """The id that the request asks about; anything that is no UUID is a record that does not exist."""
    return parse_uuid(request.values.get(name, "")) or abort(404)
