"""Returns: what comes back, in which condition, and what was decided about it (SHP-7, STK-4).

Revision ID: 0059
Revises: 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_CHECKS = {
    "received_has_person": "status NOT IN ('received', 'refunded') OR num_nulls(received_by, received_at) = 0",
    "receipt_is_whole": "num_nulls(received_by, received_at) <> 1",
    "rejected_has_reason": "status <> 'rejected' OR rejection_note IS NOT NULL",
    "status": "status IN ('requested', 'approved', 'in_transit', 'received', 'refunded', 'rejected', 'cancelled')",
    "reason": "reason IN ('carrier', 'customer')",
}
_ITEM_CHECKS = {
    "quantity_positive": "quantity > 0",
    "counted_is_whole": "num_nulls(unopened, opened, damaged) IN (0, 3)",
    "counted_not_negative": "least(unopened, opened, damaged) >= 0",
    "counted_within_quantity": "unopened + opened + damaged <= quantity",
}
_MOVES = (
    "('approved', 'cancelled'), ('approved', 'in_transit'), ('approved', 'received'), ('in_transit', 'received'),"
    " ('received', 'refunded'), ('received', 'rejected'), ('requested', 'approved'), ('requested', 'cancelled'),"
    " ('requested', 'rejected')"
)


def upgrade() -> None:
    op.create_table(
        "returns",
        _id(),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        _time("updated_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=32), server_default="requested", nullable=False),
        sa.Column("reason", sa.String(length=32), server_default="carrier", nullable=False),
        sa.Column("received_by", sa.Uuid(), nullable=True),
        _time("received_at", nullable=True),
        sa.Column("restocked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("rejection_note", sa.Text(), nullable=True),
        *_rules("returns", _CHECKS, order_id="orders", shipment_id="shipments", received_by="users"),
        sa.UniqueConstraint("shipment_id", name=op.f("uq_returns_shipment_id")),
    )
    for name, columns in (
        ("created_at_id", ["created_at", "id"]),
        ("status_created_at_id", ["status", "created_at", "id"]),
        ("order_id_status", ["order_id", "status"]),
        ("received_by", ["received_by"]),
    ):
        op.create_index(f"ix_returns_{name}", "returns", columns)
    op.create_table(
        "return_items",
        _id(),
        _time("created_at", server_default=sa.text("now()"), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("unopened", "opened", "damaged")),
        *_rules("return_items", _ITEM_CHECKS, return_id="returns", order_item_id="order_items"),
        sa.UniqueConstraint("return_id", "order_item_id", name=op.f("uq_return_items_return_id_order_item_id")),
    )
    op.create_index("ix_return_items_order_item_id", "return_items", ["order_item_id"])
    op.execute("CREATE TRIGGER touch_returns BEFORE UPDATE ON returns FOR EACH ROW EXECUTE FUNCTION touch_row()")
    op.execute(
        "CREATE TRIGGER tr_returns_status BEFORE UPDATE ON returns FOR EACH ROW"
        f" WHEN (OLD.status <> NEW.status AND (OLD.status, NEW.status) NOT IN ({_MOVES}))"
        " EXECUTE FUNCTION refuse_transition('status')"
    )
    # The end of a return can free what its order earned (PAY-1, 4).
    op.execute(
        "CREATE TRIGGER tr_returns_look AFTER UPDATE OF status ON returns FOR EACH ROW"
        " EXECUTE FUNCTION look_at_earning()"
    )
    for table in ("returns", "return_items"):
        op.execute(f"SELECT audit_table('{table}', '{{}}', '{{}}')")


def downgrade() -> None:
    for table in ("return_items", "returns"):
        op.drop_table(table)
        op.execute(f"DROP FUNCTION audit_{table}() CASCADE")


def _rules(table: str, checks: dict[str, str], **targets: str) -> list[sa.Constraint]:
    return [
        *(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in checks.items()),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT"
            )
            for column, target in targets.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("uuid7()"), nullable=False)


def _time(name: str, **options: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **options)  # type: ignore[arg-type]
