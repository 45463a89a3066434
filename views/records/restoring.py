"""Putting former values of plain fields back, as a new change that is guarded and audited like any other."""

from __future__ import annotations

import json
import uuid
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin.base import expose
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from backoffice.acting import Acting
from backoffice.errors import NotFoundError
from backoffice.permissions import Role
from backoffice.services import scope
from models import AuditLog
from views.actions.choice import came_from
from views.columns import attribute_column
from views.current import acting, session
from views.forms.saving import waits
from views.ids import parse_uuid, wanted_id
from views.records import history


class RestorePages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    get_url: Any

    @expose("/restore/", methods=("POST",))
    def restore_view(self) -> Response:
        """Put back what an entry of the history replaced; refused when the record has changed since it was shown."""
        who, row_id = acting(), wanted_id()
        row = scope.get_visible(session(), self.entity.model, row_id, who, lock=True)
        entry = _entry(session(), self.entity.model, row_id, request.form.get("entry", ""), who, self.panel.role)
        back = redirect(came_from(self.get_url(".details_view", id=row_id)))
        if request.form.get("row_version") != str(row.version):
            flash("Someone else changed this record since you opened it; look again.", "warning")
            return back
        form = self.edit_form_class(former(self.entity.model, self.edit_form_class(obj=row), entry), obj=row)
        problems: list[str] = []
        if form.validate() and self.update_model(form, row, problems):
            flash(waits(form) or "Put back as it was.", "success")
            return back
        session().rollback()
        told = [*problems, *(f"{one.label.text}: {error}" for one in form for error in one.errors)]
        flash(" ".join(told), "danger")
        return back


def former(model: type[Any], form: Any, entry: AuditLog) -> MultiDict[str, str]:
    """What a form would send for the former values of an entry, as far as the form has those fields."""
    before = entry.before or {}
    columns = {one.name: attribute_column(model, one.name).name for one in form}
    return MultiDict(
        {
            name: _typed(form[name], before[column])
            for name, column in columns.items()
            if column in before and not history.is_hidden(before[column])
        }
    )


def _typed(field: Any, value: Any) -> str:
    """A value of the audit log as a person would type it into the field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) and field.type != "JsonField" else json.dumps(value, ensure_ascii=False)


def _entry(session: Session, model: type[Any], row_id: uuid.UUID, text: str, acting: Acting, role: Role) -> AuditLog:
    """The audit row that was named. Admins see all; others undo only what they did. Raises `NotFoundError`."""
    entry_id = parse_uuid(text)
    mine = sa.true() if role is Role.ADMIN else AuditLog.actor_id == acting.user_id
    found = session.scalar(
        sa.select(AuditLog).where(
            AuditLog.entity == model.__tablename__,
            AuditLog.entity_id == str(row_id),
            AuditLog.id == entry_id,
            AuditLog.action == "update",
            mine,
        )
    )
    if found is None:
        raise NotFoundError
    return found


def last_entry(session: Session, model: type[Any], row_id: uuid.UUID, acting: Acting) -> uuid.UUID | None:
    """The audit row of the change that this request has just made; None when nothing was changed."""
    return session.scalar(
        sa.select(AuditLog.id)
        .where(
            AuditLog.entity == model.__tablename__,
            AuditLog.entity_id == str(row_id),
            AuditLog.request_id == acting.request_id,
            AuditLog.action == "update",
        )
        .order_by(AuditLog.created_at.desc())
        .limit(1)
    )
