"""Reports that people asked for, and what is asked for again and again; the files are for whoever asked."""

from __future__ import annotations

from backoffice.permissions import Role
from models import Report, ReportSchedule
from views.access import Access, Entity

_SHARED = Access(
    columns=("name", "type", "format", "status", "rows", "user_id", "generated_at", "created_at"),
    detail=(
        "name",
        "type",
        "format",
        "status",
        "rows",
        "user_id",
        "filters",
        "body",
        "last_error",
        "schedule_id",
        "scheduled_for",
        "generated_at",
        "expires_at",
        "created_at",
    ),
    filters=("type", "status", "created_at"),
    history=True,
)

ENTITY = Entity(
    noun="reports",
    model=Report,
    label="Reports",
    singular="Report",
    group="Work",
    access={Role.ADMIN: _SHARED, Role.FINANCE: _SHARED},
)

SCHEDULES = Entity(
    noun="report_schedules",
    model=ReportSchedule,
    label="Scheduled reports",
    singular="Scheduled report",
    group="Work",
    access={
        Role.ADMIN: Access(
            columns=("type", "format", "rhythm", "user_id", "next_run_at", "paused_at", "created_at"),
            detail=("type", "format", "rhythm", "filters", "user_id", "next_run_at", "paused_at", "created_at"),
            history=True,
            in_menu=False,
        )
    },
)
