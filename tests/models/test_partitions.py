"""Months are made ahead and expired analytics are dropped, by functions that an unprivileged role may call."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.clock import now
from backoffice.servers import roles
from models import AnalyticsEvent, AuditLog
from models.base import uuid7
from tests.models.refusals import refused


def _partitions(session: Session, parent: str) -> set[str]:
    query = sa.text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = CAST(:parent AS regclass)")
    return set(session.scalars(query, {"parent": parent}))


def _months_from_now(months: int) -> dt.datetime:
    """The 15th of the month so many months away."""
    today = now()
    total = today.year * 12 + today.month - 1 + months
    return dt.datetime(total // 12, total % 12 + 1, 15, tzinfo=dt.UTC)


def _place_of(session: Session, entity_id: str) -> str:
    query = sa.text("SELECT tableoid::regclass::text FROM audit_log WHERE entity_id = :id")
    return str(session.scalar(query, {"id": entity_id}))


def _log(session: Session, at: dt.datetime) -> str:
    entity_id = uuid7().hex
    session.execute(sa.insert(AuditLog).values(created_at=at, action="test", entity="x", entity_id=entity_id))
    return entity_id


@pytest.mark.parametrize("parent", ["audit_log", "analytics_events"])
def test_months_are_made_ahead(session: Session, parent: str) -> None:
    """AUD-1: and a DEFAULT partition exists so that no write fails."""
    assert f"{parent}_default" in _partitions(session, parent)
    session.execute(sa.text("SELECT ensure_partitions(5)"))
    months = {name for name in _partitions(session, parent) if re.fullmatch(parent + r"_\d{4}_\d{2}", name)}
    assert {f"{parent}_{_months_from_now(step):%Y_%m}" for step in range(-2, 6)} <= months
    assert session.scalar(sa.text("SELECT ensure_partitions(5)")) == 0


def test_rows_of_a_month_without_partition_wait_in_the_default(owner_engine: sa.Engine) -> None:
    """AUD-1: making the month moves them, and both are append-only afterwards."""
    with Session(owner_engine) as session:
        entity_id = _log(session, _months_from_now(8))
        assert _place_of(session, entity_id) == "audit_log_default"
        session.execute(sa.text("SELECT ensure_partitions(8)"))
        place = _place_of(session, entity_id)
        assert place == f"audit_log_{_months_from_now(8):%Y_%m}"
        for table in (place, "audit_log_default"):
            with refused(session, "tr_audit_log_append_only"):
                session.execute(sa.text(f"DELETE FROM {table}"))


def test_a_month_made_later_may_not_be_changed_by_the_application(owner_engine: sa.Engine) -> None:
    """AUD-1, I4: whatever default privileges give to a new table, and before the next migration takes it away."""
    query = sa.text("SELECT has_table_privilege(CAST(:role AS name), :table, :right)")
    with Session(owner_engine) as session:
        session.execute(sa.text("SELECT ensure_partitions(9)"))
        for parent, may in (("audit_log", False), ("analytics_events", True)):
            table = f"{parent}_{_months_from_now(9):%Y_%m}"
            for right in ("UPDATE", "DELETE"):
                assert session.scalar(query, {"role": roles.APP, "table": table, "right": right}) is may
            assert session.scalar(query, {"role": roles.APP, "table": table, "right": "SELECT"})


def test_analytics_are_kept_for_thirteen_months(session: Session) -> None:
    """Data model C6.71."""
    session.execute(sa.text("SELECT ensure_partitions(0, 15)"))
    kept, expired, never_had_a_month = _months_from_now(-13), _months_from_now(-14), _months_from_now(-40)
    for at in (kept, expired, never_had_a_month):
        session.execute(sa.insert(AnalyticsEvent).values(created_at=at, event_type="view", event_name="product"))
    assert session.scalar(sa.text("SELECT drop_expired_analytics()")) == 2
    assert session.scalars(sa.select(AnalyticsEvent.created_at)).all() == [kept]
