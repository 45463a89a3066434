"""The person who acts in a test."""

from __future__ import annotations

from dataclasses import replace

from backoffice.acting import Acting
from models import User


def acting_for(user: User) -> Acting:
    """`user`, as use cases and the engine know them."""
    return Acting(user_id=user.id, role=user.role, name=user.name)


#: Somebody who has not signed in, from an address of nobody.
VISITOR = replace(Acting.system("visitor"), ip="198.51.100.7", user_agent="test")
