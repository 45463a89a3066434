"""A dispute about the payment of a checkout is a chargeback of each of its orders (MON-6).

Revision ID: 0043
Revises: 0042
"""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("uq_chargebacks_stripe_dispute_id"), "chargebacks", type_="unique")
    op.create_unique_constraint(
        op.f("uq_chargebacks_stripe_dispute_id_order_id"), "chargebacks", ["stripe_dispute_id", "order_id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_chargebacks_stripe_dispute_id_order_id"), "chargebacks", type_="unique")
    op.create_unique_constraint(op.f("uq_chargebacks_stripe_dispute_id"), "chargebacks", ["stripe_dispute_id"])
