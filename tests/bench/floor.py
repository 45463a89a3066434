"""The floor: hand-written SQL with keyset paging and a bare Jinja table in one Flask view each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, redirect, render_template, request
from sqlalchemy.orm import Session

PAGE = 50
_PRODUCTS = """
SELECT p.id, p.name, p.sku, p.price, p.currency, p.stock_quantity, p.status, p.created_at,
       u.first_name || ' ' || u.last_name AS vendor, c.name AS category
FROM (SELECT * FROM products WHERE deleted_at IS NULL {where} ORDER BY created_at DESC, id DESC LIMIT 50) p
JOIN users u ON u.id = p.vendor_id JOIN categories c ON c.id = p.category_id
ORDER BY p.created_at DESC, p.id DESC
"""
_ORDERS = """
SELECT o.id, o.order_number, o.status, o.payment_status, o.total_amount, o.currency, o.created_at,
       c.first_name || ' ' || c.last_name AS customer, v.first_name || ' ' || v.last_name AS vendor
FROM (SELECT * FROM orders ORDER BY created_at DESC, id DESC LIMIT 50) o
JOIN users c ON c.id = o.customer_id JOIN users v ON v.id = o.vendor_id
ORDER BY o.created_at DESC, o.id DESC
"""
_CSV = """
COPY (SELECT p.id, p.name, p.sku, p.price, p.currency, p.stock_quantity, p.status, p.created_at,
             u.first_name || ' ' || u.last_name, c.name
      FROM (SELECT * FROM products WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT %s) p
      JOIN users u ON u.id = p.vendor_id JOIN categories c ON c.id = p.category_id
      ORDER BY p.created_at DESC, p.id DESC) TO STDOUT WITH (FORMAT csv, HEADER)
"""


def create(engine: sa.Engine) -> Flask:
    """The application of the floor."""
    app = Flask(__name__, template_folder=str(Path(__file__).with_name("templates")))

    def rows(sql: str, **values: Any) -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(sa.text(sql), values).all())

    @app.get("/products")
    def products() -> str:
        where, values = "", {}
        if request.args.get("status"):
            where, values = "AND status = :status", {"status": request.args["status"]}
        elif request.args.get("after"):
            moment, row_id = request.args["after"].split("_")
            where = "AND (created_at, id) < (CAST(:moment AS timestamptz), CAST(:row_id AS uuid))"
            values = {"moment": moment, "row_id": row_id}
        elif request.args.get("q"):
            where = "AND search_vector @@ websearch_to_tsquery('simple', :q)"
            values = {"q": request.args["q"]}
        return render_template("products.html", rows=rows(_PRODUCTS.format(where=where), **values))

    @app.get("/orders")
    def orders() -> str:
        return render_template("orders.html", rows=rows(_ORDERS))

    @app.route("/edit/<uuid:row_id>", methods=["GET", "POST"])
    def edit(row_id: Any) -> Any:
        if request.method == "POST":
            with engine.begin() as connection:
                connection.execute(
                    sa.text("UPDATE products SET min_stock_level = :level WHERE id = :id"),
                    {"level": int(request.form["min_stock_level"]), "id": row_id},
                )
            return redirect("/products")
        found = rows(
            "SELECT p.*, u.first_name || ' ' || u.last_name AS vendor, c.name AS category FROM products p"
            " JOIN users u ON u.id = p.vendor_id JOIN categories c ON c.id = p.category_id WHERE p.id = :id",
            id=row_id,
        )
        return render_template("edit.html", row=found[0])

    @app.get("/products.csv")
    def export() -> Response:
        return Response(_copy(engine, int(request.args["rows"])), mimetype="text/csv")

    return app


def _copy(engine: sa.Engine, rows: int) -> Any:
    with engine.connect() as connection, connection.connection.cursor() as cursor, cursor.copy(_CSV, (rows,)) as copy:
        for block in copy:
            yield bytes(block)


#: The same rows as this product writes, one statement a table.
_APPROVE = (
    """
    UPDATE products SET status = 'approved', reviewed_by = :actor, reviewed_at = now(),
        reviewed_version = content_version, version = version + 1, updated_at = now()
    WHERE id = ANY(:ids) AND status = 'pending'
    """,
    """
    INSERT INTO status_history (id, entity, field, entity_id, from_status, to_status, actor_id, actor, request_id)
    SELECT uuid7(), 'products', 'status', x, 'pending', 'approved', :actor, 'A', :request
    FROM unnest(CAST(:ids AS uuid[])) AS x
    """,
    """
    INSERT INTO operation_items (operation_id, position, target_id, target_version, status, message, attempts,
        finished_at)
    SELECT :operation, n, x, 1, 'succeeded', 'Approved.', 1, now()
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS t(x, n)
    """,
    """
    INSERT INTO audit_log (id, actor_id, actor_role, request_id, action, entity, entity_id, before, after)
    SELECT uuid7(), :actor, 'admin', :request, 'update', 'products', x::text,
        '{"status": "pending", "reviewed_at": null, "reviewed_by": null, "reviewed_version": null}',
        jsonb_build_object('status', 'approved', 'reviewed_at', now(), 'reviewed_by', :actor, 'reviewed_version', 1)
    FROM unnest(CAST(:ids AS uuid[])) AS x
    """,
)


def approve(session: Session, ids: list[Any], operation: Any, actor: Any) -> None:
    """Approve products in the name of `actor`; our triggers are off, since it writes their rows itself."""
    values = {"ids": ids, "operation": operation, "actor": actor, "request": operation.hex}
    for statement in _APPROVE:
        session.execute(sa.text(statement), values)
