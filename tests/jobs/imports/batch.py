"""A waiting import of 120 rows, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa

from backoffice.clock import NOW
from models import AuditLog, Import, ImportRow, Product
from models.base import uuid7
from models.imports import ImportStatus, Verdict
from tests.factories import make_product

ROWS = 120


def line_of(session, batch, line, vendor, category):
    plain = {"import_id": batch.id, "position": line, "cells": [f"S{line}", "7"]}
    if line % 10 == 0:
        given = {
            "sku": f"S{line}", "name": f"New {line}", "slug": f"new-{line}", "price": "5.00", "currency": "USD",
            "stock_quantity": 7, "category_id": str(category.id), "vendor_id": str(vendor.id),
        }  # fmt: skip
        changes = {name: {"after": value} for name, value in given.items()}
        return ImportRow(**plain, verdict=Verdict.NEW, target_id=uuid7(), changes=changes)
    product = make_product(session, vendor=vendor, category=category, sku=f"S{line}")
    changes = {"stock_quantity": {"before": 10, "after": 7, "was": "10", "is": "7"}}
    return ImportRow(**plain, verdict=Verdict.CHANGED, target_id=product.id, target_version=1, changes=changes)


def batch_of(sessions, import_id):
    with sessions() as session:
        return session.get_one(Import, import_id)


def results(sessions, import_id):
    with sessions() as session:
        grouped = sa.select(ImportRow.result, sa.func.count()).where(ImportRow.import_id == import_id)
        return dict(session.execute(grouped.group_by(ImportRow.result)).all())


def line(sessions, import_id, line):
    with sessions() as session:
        return session.get_one(ImportRow, (import_id, line))


def written_by(import_id):
    """SELECT of how many changes of products the log says are of this import."""
    of_import = AuditLog.request_id == f"import-{import_id}"
    return sa.select(sa.func.count()).where(of_import, AuditLog.entity == "products")


def stock(sessions):
    """How many products there are with each stock."""
    with sessions() as session:
        living = sa.select(Product.stock_quantity, sa.func.count()).where(Product.deleted_at.is_(None))
        return dict(session.execute(living.group_by(Product.stock_quantity)).all())


def make_due(sessions, import_id):
    with sessions.begin() as session:
        free = {"leased_until": None, "lease_token": None, "run_after": NOW, "due_since": NOW}
        session.execute(sa.update(Import).where(Import.id == import_id).values(**free))


def ask_to_undo(sessions, import_id):
    with sessions.begin() as session:
        values = {"status": ImportStatus.UNDOING, "attempts": 0, "done": 0}
        session.execute(sa.update(Import).where(Import.id == import_id).values(**values))
    make_due(sessions, import_id)


def touch(sessions, import_id, *numbers):
    """Somebody else changes the products of these lines."""
    with sessions.begin() as session:
        for number in numbers:
            row = session.get_one(ImportRow, (import_id, number))
            session.execute(sa.update(Product).where(Product.id == row.target_id).values(weight=number))
