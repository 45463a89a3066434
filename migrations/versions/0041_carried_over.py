"""Two events of the ledger: what a payout cannot carry goes over to the next one (MON-3).

Revision ID: 0041
Revises: 0040
"""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_EVENTS = (
    "event IN ('payment_captured', 'provider_fee', 'earning_available',{more} 'payout_assembled', 'payout_dissolved',"
    " 'transfer_executed', 'transfer_returned', 'payout_settled', 'settlement_returned', 'refund_succeeded',"
    " 'refund_returned', 'chargeback_opened', 'chargeback_reserved', 'chargeback_released', 'chargeback_lost',"
    " 'chargeback_won', 'chargeback_reopened', 'chargeback_fee', 'transfer_reversed', 'debt_written_off',"
    " 'plan_fee_charged', 'adjustment')"
)


def upgrade() -> None:
    _allow(_EVENTS.format(more=" 'carried_over', 'carried_in',"))


def downgrade() -> None:
    _allow(_EVENTS.format(more=""))


def _allow(events: str) -> None:
    op.drop_constraint(op.f("ck_journals_event"), "journals", type_="check")
    op.create_check_constraint(op.f("ck_journals_event"), "journals", events)
