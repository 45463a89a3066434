"""All that can happen in the machine."""

from __future__ import annotations

from tests.machine.office import Office
from tests.machine.outside import Outside


class World(Office, Outside):
    """The office, and the world around it."""
