"""The business settings, at their defaults.

Revision ID: 0020
Revises: 0019
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Key, type, value, description.
SETTINGS = (
    (
        "commission.default_rate",
        "string",
        "0.100000",
        "Commission when product, contract and plan name none; a fraction (COM-1).",
    ),
    (
        "money.outgoing_stopped",
        "boolean",
        False,
        "Stops every refund and transfer before the next call to Stripe (M15).",
    ),
    ("operations.approval_hours", "number", 72, "Hours a second person has to agree before an operation expires."),
    (
        "payouts.bank_change_hold_hours",
        "number",
        24,
        "Hours without payouts after a vendor's bank details change (PAY-1).",
    ),
    (
        "payouts.complete_on",
        "string",
        "transfer",
        "What completes a payout: 'transfer' or, later, Stripe's 'payout' event (PAY-8).",
    ),
    ("payouts.hold_days", "number", 7, "Days after delivery before a line may be paid out (PAY-1)."),
    (
        "payouts.second_person_threshold",
        "json",
        {"USD": "5000.00", "EUR": "5000.00", "JPY": "750000", "KWD": "1500.000"},
        "From this amount on a payout needs a second person; unlisted currencies always do (PAY-5).",
    ),
    ("platform.default_currency", "string", "USD", "Currency of new products, plans and shipping methods."),
    (
        "refund.second_person_threshold",
        "json",
        {"USD": "500.00", "EUR": "500.00", "JPY": "75000", "KWD": "150.000"},
        "From this amount on requester and approver must differ; unlisted currencies always (REF-5).",
    ),
    ("shipping.revenue_party", "string", "vendor", "Who keeps the shipping money of new orders."),
    ("tax.remitter", "string", "vendor", "Who remits the tax of new orders."),
)


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    statement = sa.text(
        "INSERT INTO platform_settings (key, type, value, description)"
        " VALUES (:key, :type, cast(:value AS jsonb), :description)"
    )
    for key, kind, value, description in SETTINGS:
        values = {"key": key, "type": kind, "value": json.dumps(value), "description": description}
        op.get_bind().execute(statement, values)


def downgrade() -> None:
    op.get_bind().execute(
        sa.text("DELETE FROM platform_settings WHERE key = ANY (:keys)"), {"keys": [key for key, *_ in SETTINGS]}
    )
