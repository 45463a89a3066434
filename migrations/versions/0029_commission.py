"""Lines know their shares of the order's discount, tax and shipping, and whose rate it was (COM-2, COM-3, COM-8).

Revision ID: 0029
Revises: 0028
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_AMOUNTS = ("discount_amount", "tax_amount", "shipping_amount", "commission_tax")
_SHARED = ("discount_amount", "tax_amount", "shipping_amount")
_CHECKS = (
    ("shares_not_negative", "least(discount_amount, tax_amount, shipping_amount, commission_tax) >= 0"),
    ("discount_has_funder", "discount_amount = 0 OR discount_funded_by IS NOT NULL"),
    ("discount_funded_by", "discount_funded_by IN ('vendor', 'platform')"),
    *((f"{name}_exact", f"{name} = round({name}, currency_exponent(currency))") for name in _AMOUNTS),
)
_REMAINDER = (
    "vendor_amount = total_price - CASE WHEN discount_funded_by = 'vendor' THEN discount_amount ELSE 0 END"
    " - commission_amount - commission_tax"
)
_FROZEN = (
    "order_id", "quantity", "unit_price", "total_price", "currency", "vendor_id", "commission_rate",
    "commission_source", "commission_amount", "vendor_amount",
)  # fmt: skip
_FROZEN_NOW = (*_FROZEN, "commission_source_id", "discount_funded_by", *_AMOUNTS)
# Key, type, value, description.
_SETTINGS = (
    ("commission.include_shipping", "boolean", False, "Whether commission is also taken on shipping (COM-3)."),
    ("commission.include_tax", "boolean", False, "Whether commission is also taken on tax (COM-3)."),
    ("commission.tax_rate", "string", "0.000000", "Tax on top of the commission; a fraction (COM-8)."),
    (
        "refund.commission_policy",
        "string",
        "reverse",
        "Whether a refund gives the commission back, 'reverse', or the vendor bears all of it, 'keep' (COM-6).",
    ),
)


def _share(name: str) -> str:
    """One amount of the order by largest remainder over the lines' totals, in whole minor units (MON-6)."""
    return f"""
        (div({name} * unit * weight, whole) + CASE WHEN row_number() OVER (
            PARTITION BY order_id ORDER BY mod({name} * unit * weight, whole) DESC, weight DESC, id
        ) <= {name} * unit - sum(div({name} * unit * weight, whole)) OVER (PARTITION BY order_id)
            THEN 1 ELSE 0 END) / unit AS {name}"""


_SHARES = f"""
    WITH weighed AS (
        SELECT line.id, line.order_id, o.discount_amount, o.tax_amount, o.shipping_amount, o.discount_funded_by,
            unit, line.total_price * unit AS weight, sum(line.total_price * unit) OVER (PARTITION BY order_id) AS whole
        FROM order_items AS line JOIN orders AS o ON o.id = line.order_id,
            LATERAL (SELECT power(10::numeric, currency_exponent(line.currency)) AS unit) AS u
        WHERE o.discount_amount > 0 OR o.tax_amount > 0 OR o.shipping_amount > 0
    ), shared AS (SELECT id, discount_funded_by, {", ".join(map(_share, _SHARED))} FROM weighed)
    UPDATE order_items AS line
    SET discount_amount = shared.discount_amount, tax_amount = shared.tax_amount,
        shipping_amount = shared.shipping_amount, discount_funded_by = shared.discount_funded_by,
        vendor_amount = line.total_price - line.commission_amount
            - CASE WHEN shared.discount_funded_by = 'vendor' THEN shared.discount_amount ELSE 0 END
    FROM shared WHERE shared.id = line.id
"""
_SOURCES = """
    UPDATE order_items AS line SET commission_source_id = CASE commission_source
        WHEN 'product' THEN product_id
        WHEN 'vendor' THEN (SELECT id FROM vendor_profiles AS v WHERE v.vendor_id = line.vendor_id)
        ELSE (SELECT id FROM subscriptions AS s WHERE s.vendor_id = line.vendor_id
            AND s.start_date <= line.created_at ORDER BY s.start_date DESC LIMIT 1) END
    WHERE commission_source <> 'default'
"""


def _freeze(columns: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return (
        "CREATE TRIGGER tr_order_items_frozen BEFORE UPDATE ON order_items FOR EACH ROW"
        f" WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION freeze_commission()"
    )


def _agree(facts: tuple[str, ...]) -> str:
    return (
        f"CREATE TRIGGER tr_order_items_order AFTER INSERT OR UPDATE OF order_id, {', '.join(facts)} ON order_items"
        f" FOR EACH ROW EXECUTE FUNCTION agree_with_order({', '.join(repr(fact) for fact in facts)})"
    )


def upgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.execute("DROP TRIGGER tr_order_items_frozen ON order_items")
    op.execute("DROP TRIGGER tr_order_items_order ON order_items")
    op.drop_constraint(op.f("ck_order_items_vendor_is_remainder"), "order_items", type_="check")
    for name in _AMOUNTS:
        op.add_column("order_items", sa.Column(name, sa.Numeric(19, 4), server_default="0", nullable=False))
    op.add_column("order_items", sa.Column("discount_funded_by", sa.String(32)))
    op.add_column("order_items", sa.Column("commission_source_id", sa.Uuid()))
    op.execute("SELECT audit_table('order_items', '{}', '{}')")
    op.execute(_SHARES)
    op.execute(_SOURCES)
    for name, text in _CHECKS:
        op.create_check_constraint(op.f(f"ck_order_items_{name}"), "order_items", text)
    op.create_check_constraint(op.f("ck_order_items_vendor_is_remainder"), "order_items", _REMAINDER)
    op.execute(_freeze(_FROZEN_NOW))
    op.execute(_agree(("vendor_id", "currency", "discount_funded_by")))
    for key, kind, value, description in _SETTINGS:
        op.get_bind().execute(
            sa.text(
                "INSERT INTO platform_settings (key, type, value, description)"
                " VALUES (:key, :type, cast(:value AS jsonb), :description)"
            ),
            {"key": key, "type": kind, "value": json.dumps(value), "description": description},
        )


def downgrade() -> None:
    op.execute("SELECT set_config('backoffice.actor_role', 'migration', true)")
    op.get_bind().execute(
        sa.text("DELETE FROM platform_settings WHERE key = ANY (:keys)"), {"keys": [key for key, *_ in _SETTINGS]}
    )
    op.execute("DROP TRIGGER tr_order_items_frozen ON order_items")
    op.execute("DROP TRIGGER tr_order_items_order ON order_items")
    op.drop_constraint(op.f("ck_order_items_vendor_is_remainder"), "order_items", type_="check")
    for name, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_order_items_{name}"), "order_items", type_="check")
    op.execute("UPDATE order_items SET vendor_amount = total_price - commission_amount")
    for name in ("commission_source_id", "discount_funded_by", *reversed(_AMOUNTS)):
        op.drop_column("order_items", name)
    op.execute("SELECT audit_table('order_items', '{}', '{}')")
    op.create_check_constraint(
        op.f("ck_order_items_vendor_is_remainder"), "order_items", "vendor_amount = total_price - commission_amount"
    )
    op.execute(_freeze(_FROZEN))
    op.execute(_agree(("vendor_id", "currency")))
