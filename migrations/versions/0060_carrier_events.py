"""Events of carriers in their own words, incidents, and numbers that were given up (SHP-2, SHP-4, SHP-5).

Revision ID: 0060
Revises: 0059
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_INCIDENTS = (
    "carrier_delay", "carrier_hold", "carrier_damaged", "carrier_lost", "carrier_sorting_error", "carrier_vehicle",
    "carrier_missed_slot", "carrier_silent", "carrier_address_not_found", "retailer_cancelled", "retailer_not_ready",
    "retailer_bad_label", "retailer_packaging", "retailer_prohibited", "consignee_not_home", "consignee_refused",
    "consignee_closed", "consignee_moved", "consignee_bad_address", "consignee_no_access", "consignee_unpaid",
    "consignee_pickup", "consignee_rescheduled", "customs_delay", "customs_documents", "customs_duties",
    "customs_seized", "weather_delay", "weather_disaster", "other_attempt_failed", "other_unknown",
)  # fmt: skip
_KNOWN = ", ".join(f"'{value}'" for value in _INCIDENTS)
_SOURCES = "source IN ('person', 'karrio', 'aftership', 'easypost', 'shippo')"


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.add_column("shipment_events", sa.Column("source", sa.String(32), server_default="person", nullable=False))
    op.add_column("shipment_events", sa.Column("raw_reason", sa.String(64), nullable=True))
    op.add_column("shipment_events", sa.Column("incident", sa.String(32), nullable=True))
    op.add_column("shipment_events", sa.Column("tracking_number", sa.String(64), nullable=True))
    op.alter_column("shipment_events", "status", existing_type=sa.String(32), nullable=True)
    for name, text in (
        ("source", _SOURCES),
        ("incident", f"incident IN ({_KNOWN})"),
        ("says_something", "num_nonnulls(status, incident, tracking_number) > 0"),
        ("carrier_has_code", "source = 'person' OR raw_code IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_shipment_events_{name}"), "shipment_events", text)
    op.execute(f"UPDATE shipments SET exception = 'other_unknown' WHERE exception NOT IN ({_KNOWN})")
    op.alter_column("shipments", "exception", existing_type=sa.String(64), type_=sa.String(32))
    op.create_check_constraint(op.f("ck_shipments_exception"), "shipments", f"exception IN ({_KNOWN})")
    op.create_index(
        "ix_shipments_numbered",
        "shipments",
        ["created_at"],
        postgresql_where=sa.text("tracking_number IS NOT NULL"),
    )
    op.execute("SELECT audit_table('shipment_events', '{note,proof}', '{}')")
    op.execute("SELECT audit_table('shipments', '{tracking_events}', '{}')")


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.drop_index("ix_shipments_numbered", "shipments")
    op.drop_constraint(op.f("ck_shipments_exception"), "shipments", type_="check")
    op.alter_column("shipments", "exception", existing_type=sa.String(32), type_=sa.String(64))
    # What says no status cannot be told any more.
    op.execute("ALTER TABLE shipment_events DISABLE TRIGGER tr_shipment_events_append_only")
    op.execute("DELETE FROM shipment_events WHERE status IS NULL")
    op.execute("ALTER TABLE shipment_events ENABLE TRIGGER tr_shipment_events_append_only")
    for name in ("carrier_has_code", "says_something", "incident", "source"):
        op.drop_constraint(op.f(f"ck_shipment_events_{name}"), "shipment_events", type_="check")
    op.alter_column("shipment_events", "status", existing_type=sa.String(32), nullable=False)
    for name in ("tracking_number", "incident", "raw_reason", "source"):
        op.drop_column("shipment_events", name)
    op.execute("SELECT audit_table('shipment_events', '{note,proof}', '{}')")
    op.execute("SELECT audit_table('shipments', '{tracking_events}', '{}')")
