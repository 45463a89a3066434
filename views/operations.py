"""Operations: what was asked for, how far it is, what came of each target, and a second person's yes or no."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, request
from flask_admin.base import expose

from backoffice.acting import Acting
from backoffice.actions import registry, submit
from backoffice.actions.base import Action
from backoffice.clock import now
from backoffice.database import db
from backoffice.errors import DomainError
from backoffice.permissions import GRANTS, Permission, Role
from backoffice.services import operations, recents
from backoffice.services.exports import texts
from models import Operation, OperationItem
from models.operation import OperationItemStatus, OperationStatus
from views import cells, htmx
from views.access import Access, Entity
from views.actions import sheet
from views.base import EntityView
from views.columns import computed
from views.current import acting, form, session
from views.ids import wanted_id
from views.labels import label, labels_of
from views.listing import export
from views.records import history

ITEM_LIMIT = 200
_LIVE = frozenset({OperationStatus.QUEUED, OperationStatus.RUNNING})
_UNDER_WAY = frozenset({OperationItemStatus.QUEUED, OperationItemStatus.RUNNING})


def _of(role: Role) -> Access:
    """Operations submitted from this panel; where payouts can be agreed to, also those that wait for a yes."""

    def narrow() -> sa.ColumnElement[bool]:
        here = Operation.panel == role
        if not may_decide(role):
            return here
        return sa.or_(here, sa.and_(Operation.second_person_required, Operation.action.in_(_decidable(role))))

    return Access(
        columns=("action", "status", "total", "actor_id", "created_at", "finished_at"),
        detail=("action", "entity", "status", "total", "actor_id", "reason", "second_person_required", "approved_by",
                "approved_at", "created_at", "started_at", "finished_at", "inputs"),
        filters=("status", "actor_id", "created_at"),
        search=False,
        export=None,
        narrow=narrow,
    )  # fmt: skip


def _decidable(role: Role) -> list[str]:
    granted = GRANTS[role]
    actions = registry.registry().values()
    return [one.key for one in actions if (one.approve_permission or one.permission) in granted and one.second_person]


def may_decide(role: Role) -> bool:
    """Whether this panel's people can be the second person of anything."""
    return bool(GRANTS[role] & {Permission.PAYOUTS_APPROVE, Permission.REFUNDS_APPROVE})


ENTITY = Entity(
    noun="operations",
    model=Operation,
    label="Operations",
    singular="Operation",
    group="Work",
    access={role: _of(role) for role in (Role.ADMIN, Role.FINANCE, Role.LOGISTICS, Role.VENDOR)},
)


def shown_status(operation: Operation) -> str:
    """The status in words; one that nobody holds any more, though it has begun, is not running (J15)."""
    held = operation.leased_until is not None and operation.leased_until > now()
    if operation.status is OperationStatus.RUNNING and not held:
        return "Waiting for another try"
    return operation.status.label


class OperationView(EntityView):
    """The operation page and its buttons."""

    extra_routes = dict.fromkeys(("progress", "items", "approve", "reject", "cancel", "retry"))

    def routes(self) -> dict[str, tuple[bool, Permission]]:
        """Deciding exists only in panels whose people can be the second person."""
        found = super().routes()
        for name in ("approve", "reject"):
            found[name] = (may_decide(self.panel.role), found[name][1])
        return found

    @expose("/details/")
    def details_view(self) -> str:
        """The operation with its counts and its first items."""
        if sheet.wanted():
            return self._sheet()
        page = self._page()
        recents.note(session(), self.panel.role, self.entity.noun, wanted_id(), acting())
        return page

    def _page(self, *, note: str = "", problem: str | None = None) -> str:
        """The page; after a refusal with what was typed and why it was refused."""
        who = acting()
        operation = self._get(who)
        record = self.record.fetch(session(), operation.id, who, self.panel.linker(), form())
        action = registry.get(operation.action)
        return self.render(
            "operations/operation.html",
            record=record,
            operation=operation,
            shown_status=shown_status(operation),
            action=action,
            **self._progress(operation),
            items=self._items(operation, action),
            wanted_status=request.args.get("status", ""),
            steps=history.steps(session(), Operation, operation.id, form(), names=self.panel.role is not Role.VENDOR),
            can_decide=self._can_decide(operation, action, who),
            note=note,
            problem=problem,
            **self._buttons(operation),
        )

    def _sheet(self) -> str:
        """How far it is, in the sheet where it was asked for."""
        operation = self._get(acting())
        action = registry.get(operation.action)
        progress = self._progress(operation)
        return self.render(
            "operations/sheet.html",
            operation=operation,
            action=action,
            shown_status=shown_status(operation),
            items=() if progress["live"] else self._items(operation, action),
            **progress,
        )

    def _get(self, who: Acting, *, lock: bool = False) -> Operation:
        row_id = wanted_id()
        visible = session().scalar(
            sa.select(Operation.id).where(Operation.id == row_id, self.access.scope(Operation, who))
        ) or abort(404)
        return operations.get(session(), visible, who, lock=lock)

    def _counts(self, operation: Operation) -> list[tuple[OperationItemStatus, int]]:
        found = operations.counts(session(), operation.id)
        return [(status, found.get(status, 0)) for status in OperationItemStatus]

    def _items(self, operation: Operation, action: Action) -> list[tuple[OperationItem, cells.Cell]]:
        """The first items, of one status when asked, with their targets as links, in two statements."""
        statement = sa.select(OperationItem).where(OperationItem.operation_id == operation.id)
        status = request.args.get("status", "")
        if status in set(OperationItemStatus):
            statement = statement.where(OperationItem.status == OperationItemStatus(status))
        rows = session().scalars(statement.order_by(OperationItem.position).limit(ITEM_LIMIT)).all()
        model: Any = action.entity
        names = labels_of(session(), model, [row.target_id for row in rows])
        link = self.panel.linker()
        return [
            (row, cells.Cell(names.get(row.target_id, str(row.target_id)), link(model, row.target_id))) for row in rows
        ]

    def _can_decide(self, operation: Operation, action: Action, who: Acting) -> bool:
        return (
            operation.status is OperationStatus.AWAITING_APPROVAL
            and operation.actor_id != who.user_id
            and may_decide(self.panel.role)
            and who.may(action.approve_permission or action.permission)
        )

    def _buttons(self, operation: Operation) -> dict[str, bool]:
        found = operations.counts(session(), operation.id)
        ended = operation.status in operations.FINAL
        return {
            "can_cancel": not ended and bool(found.get(OperationItemStatus.QUEUED)) and not operation.cancel_requested,
            "can_retry": ended and submit.can_retry(session(), operation, acting()),
        }

    @expose("/progress/")
    def progress(self) -> Response:
        """The counts again, for the page that watches; when it is over, all of the page in place of what is there."""
        operation = self._get(acting())
        if operation.status not in _LIVE:
            return Response(self._page(), headers=htmx.WHOLE)
        part = self.render(
            "operations/counts.html",
            operation=operation,
            shown_status=shown_status(operation),
            wanted_status=request.args.get("status", ""),
            **self._progress(operation),
        )
        return Response(part)

    def _progress(self, operation: Operation) -> dict[str, Any]:
        """Counts by result, how many rows are over with, and whether more will follow by itself."""
        counts = self._counts(operation)
        ended = sum(count for status, count in counts if status not in _UNDER_WAY)
        return {"counts": counts, "ended": ended, "live": operation.status in _LIVE}

    @expose("/items/")
    def items(self) -> Response:
        """What came of each target, as CSV."""
        operation = self._get(acting())
        model: Any = registry.get(operation.action).entity
        columns = (
            computed("position", "No.", OperationItem.position),
            computed(
                "target", "Target", sa.select(label(model)).where(model.id == OperationItem.target_id).scalar_subquery()
            ),
            computed("id", "ID", OperationItem.target_id),
            computed("status", "Result", OperationItem.status),
            computed("message", "Message", OperationItem.message),
        )
        _, selected = export.selection(columns)
        statement = (
            sa.select(*selected).where(OperationItem.operation_id == operation.id).order_by(OperationItem.position)
        )
        headers = {"Content-Disposition": f'attachment; filename="operation-{operation.id}.csv"'}
        body = export.stream(db.engine, texts.compiled(session(), statement))
        return Response(body, mimetype="text/csv", headers=headers)

    @expose("/approve/", methods=("POST",))
    def approve(self) -> Any:
        """A second person's yes (WHO-1, PAY-5)."""
        return self._do(
            lambda row_id, who: submit.approve(session(), row_id, who, request.form.get("note") or None), "Approved."
        )

    @expose("/reject/", methods=("POST",))
    def reject(self) -> Any:
        """A second person's no, with the reason."""
        return self._do(
            lambda row_id, who: submit.reject(session(), row_id, who, request.form.get("note")), "Rejected."
        )

    @expose("/cancel/", methods=("POST",))
    def cancel(self) -> Any:
        """Drop what has not begun."""
        return self._do(lambda row_id, who: submit.cancel(session(), row_id, who), "The rest is cancelled.")

    @expose("/retry/", methods=("POST",))
    def retry(self) -> Any:
        """Run what failed again."""
        return self._do(lambda row_id, who: submit.retry_failed(session(), row_id, who), "Trying again.")

    def _do(self, step: Any, said: str) -> Any:
        """Run a step on the operation and go back to its page; a refusal is told there, beside what was typed."""
        who = acting()
        row_id = self._get(who).id
        try:
            operation = step(row_id, who)
        except DomainError as refusal:
            if refusal.status in {403, 404}:
                raise
            session().rollback()
            return self._page(note=request.form.get("note", ""), problem=refusal.message), refusal.status
        changed = said == "Approved." and operation.status is OperationStatus.REJECTED
        flash(
            "It has changed since it was submitted; the approval is void." if changed else said,
            "warning" if changed else "success",
        )
        return redirect(self.get_url(".details_view", id=row_id))
