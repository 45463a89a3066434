"""Folding balances takes turns with itself only: the tree of categories had the same lock, and imports hold that long.

Revision ID: 0057
Revises: 0056
"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_CATEGORIES = "7245310004"
_BALANCES = "7245310005"
_FUNCTIONS = ("fold_account_balances", "rebuild_account_balances")


def upgrade() -> None:
    _lock_with(_CATEGORIES, _BALANCES)


def downgrade() -> None:
    _lock_with(_BALANCES, _CATEGORIES)


def _lock_with(before: str, after: str) -> None:
    """Define the functions again as they are, with another key of their lock."""
    for name in _FUNCTIONS:
        op.execute(
            f"DO $$ BEGIN EXECUTE replace(pg_get_functiondef('{name}'::regproc), '{before}', '{after}'); END $$"
        )
