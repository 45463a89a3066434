"""The page of a dispute: what was said, public words and internal notes set apart, and what is beside it (DSP-4)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from flask import redirect, request
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict

from backoffice.acting import Acting
from backoffice.actions import registry, submit
from backoffice.actions.base import Action
from backoffice.actions.selection import One
from backoffice.clock import now
from backoffice.errors import DomainError
from backoffice.permissions import GRANTS, Permission, Role
from backoffice.security import requests
from backoffice.services import canned_replies, scope, uploads
from backoffice.services.sla import facts, policies
from backoffice.services.sla.clock import Reading
from models import Dispute, DisputeMessage, Operation, OperationItem, User
from models.canned_reply import CannedFor
from models.dispute import MOST_FILES
from models.dispute_attachment import MOST_BYTES
from models.operation import OperationStatus
from views import cells, dispute_files
from views.actions import forms
from views.base import EntityView
from views.current import acting, form, session
from views.ids import wanted_id
from views.labels import label
from views.records.query import RelatedRows, related

#: What each panel writes with, if it writes.
_WRITING = {Role.ADMIN: "dispute.message", Role.VENDOR: "dispute.answer"}
#: What is shown below the conversation: rows of the same order. Refunds of the dispute have a tab of their own.
_BESIDE = ("orders", "payments", "shipments")
_UNDER_WAY = (OperationStatus.QUEUED, OperationStatus.RUNNING)
#: Bytes of a message with its files. What is larger than a file may be is refused in words, with what was typed.
_REQUEST: Final = MOST_FILES * uploads.MOST_SENT + 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message as the page shows it."""

    who: str
    text: str
    at: cells.Cell
    is_internal: bool
    is_own: bool
    files: Sequence[dispute_files.File]


class DisputeView(EntityView):
    """The record page of a dispute with its conversation."""

    record_template = "disputes/dispute.html"

    def routes(self) -> dict[str, tuple[bool, Permission]]:
        """The conversation where the panel has one, and writing where its role may write."""
        found = super().routes()
        action = self._writing()
        read = found["details_view"][1]
        found["talk_view"] = (bool(self.access.own_tabs), read)
        found["say_view"] = (action is not None, read if action is None else action.permission)
        if action is not None:
            requests.LARGER[f"{self.endpoint}.say_view"] = _REQUEST
        return found

    def of_tab(self, row_id: Any) -> dict[str, Any]:
        """Everything that the conversation tab shows."""
        dispute: Dispute = scope.get_visible(session(), Dispute, row_id, acting())
        staff = self.panel.role is Role.ADMIN
        return {
            **self._talk(dispute),
            **self._composer(dispute),
            "sla": self._standing(dispute) if staff else None,
            "beside": self._beside(dispute),
        }

    @expose("/talk/")
    def talk_view(self) -> str:
        """What was said, for a page that waits until its own words are written."""
        dispute: Dispute = scope.get_visible(session(), Dispute, wanted_id(), acting())
        return self.render("disputes/talk.html", **self._talk(dispute))

    @expose("/say/", methods=("POST",))
    def say_view(self) -> Any:
        """Keep the files, and have the words written by a job; the same key twice writes once (M18).

        What is refused comes back with what was typed, and with the files that were kept.
        """
        files = dispute_files.sent()
        dispute: Dispute = scope.get_visible(session(), Dispute, wanted_id(), acting(), lock=bool(files))
        action = registry.get(_WRITING[self.panel.role])
        typed, problems, status = MultiDict(request.form), list[str](), 422
        if dispute.status in (action.allowed_from or ()):
            kept, problems = dispute_files.keep(dispute, typed.getlist("attachments"), files)
            typed.setlist("attachments", kept)
        if not problems:
            try:
                self._write(action, dispute, typed)
            except DomainError as refusal:
                if refusal.status in {403, 404}:
                    raise
                problems, status = [refusal.message], refusal.status
        if problems:
            requests.commit_refusal()
            return self._again(dispute, typed, problems), status
        return redirect(self.get_url(".details_view", id=dispute.id, tab="conversation"))

    def _write(self, action: Action, dispute: Dispute, typed: MultiDict[str, str]) -> None:
        """In a savepoint, so that a refusal leaves the files alone."""
        with session().begin_nested():
            submit.submit(
                session(),
                action,
                One(id=dispute.id),
                typed,
                client_key=typed.get("client_key", ""),
                acting=acting(),
                panel=self.panel.role,
            )

    def _again(self, dispute: Dispute, typed: MultiDict[str, str], problems: Sequence[str]) -> str:
        """The composer with what was typed, and why it was not taken."""
        shown = self._composer(dispute, typed)
        return self.render(
            "disputes/composer_page.html", dispute=dispute, problems=problems, text=typed.get("text", ""), **shown
        )

    def _writing(self) -> Action | None:
        key = _WRITING.get(self.panel.role)
        action = None if key is None else registry.get(key)
        return action if action is not None and action.permission in GRANTS[self.panel.role] else None

    def _composer(self, dispute: Dispute, typed: MultiDict[str, str] | None = None) -> dict[str, Any]:
        """What to write with; after a refusal with what was typed, and with the files that wait."""
        action = self._writing()
        if action is None or action.form is None or dispute.status not in (action.allowed_from or ()):
            return {"composer": None}
        composer = forms.shown(session(), action, typed, acting=acting())
        if typed is not None:
            composer.validate()
        staff = self.panel.role is Role.ADMIN
        return {
            "composer": composer,
            "writing": action,
            "client_key": uuid.uuid4().hex,
            "waiting": [] if typed is None else dispute_files.waiting(dispute, typed.getlist("attachments")),
            "most_files": MOST_FILES,
            "most_bytes": MOST_BYTES,
            "most_sent": uploads.MOST_SENT,
            "replies": canned_replies.offered(session(), CannedFor.DISPUTE) if staff else [],
        }

    def _talk(self, dispute: Dispute) -> dict[str, Any]:
        query = (
            scope.visible(DisputeMessage, acting())
            .add_columns(label(User))
            .join(User, User.id == DisputeMessage.user_id)
            .where(DisputeMessage.dispute_id == dispute.id)
        )
        found = session().execute(query.order_by(DisputeMessage.created_at, DisputeMessage.id)).all()
        shape, me = form(), acting().user_id
        said = [
            Said(
                who=self._name(dispute, one.user_id, name),
                text=one.message,
                at=cells.time_cell(one.created_at, shape),
                is_internal=one.is_internal,
                is_own=one.user_id == me,
                files=dispute_files.of_message(one.attachments),
            )
            for one, name in found
        ]
        return {
            "said": said,
            "pending": _pending(dispute, acting()),
            "dispute": dispute,
            "file": lambda file_id: self.get_url(
                f"{self.panel.views['dispute_attachments'].endpoint}.content_view", id=file_id
            ),
        }

    def _name(self, dispute: Dispute, speaker: uuid.UUID, name: str) -> str:
        """The name for admins; vendors read which side it was, as elsewhere (ACC-3)."""
        side = {dispute.customer_id: "Customer", dispute.vendor_id: "Vendor"}.get(speaker)
        if self.panel.role is not Role.ADMIN:
            return side or "Marketplace"
        return f"{name}, {side.lower()}" if side else name

    def _standing(self, dispute: Dispute) -> dict[str, Any]:
        """Both targets with their due times, and whom the clock waits for."""
        known = facts.load(session(), [dispute])[dispute.id]
        readings = known.readings(policies.load(session()), now())
        waiting = known.waiting
        return {
            "targets": [_target(one) for one in readings],
            "waiting": None if waiting is None else (waiting.party, cells.time_cell(waiting.since, form())),
            "silent": known.silent,
        }

    def _beside(self, dispute: Dispute) -> list[RelatedRows]:
        """The order, its payments and parcels, as far as the panel has them."""
        return [
            related(
                session(),
                view.listing,
                "id" if noun == "orders" else "order_id",
                dispute.order_id,
                acting(),
                self.panel.linker(),
                form(),
            )
            for noun in _BESIDE
            if (view := self.panel.views.get(noun)) is not None
        ]


def _target(reading: Reading) -> dict[str, Any]:
    shape = form()
    return {
        "label": reading.target.label,
        "state": reading.state,
        "met": None if reading.met_at is None else cells.time_cell(reading.met_at, shape),
        "due": None if reading.due_at is None else cells.time_cell(reading.due_at, shape),
        "remaining": _span(reading.remaining),
    }


def _span(span: dt.timedelta) -> str:
    """Business time in hours and minutes: `3 h 20 min of working time left`; the due time beside it is the clock's."""
    hours, minutes = divmod(int(abs(span).total_seconds()) // 60, 60)
    text = " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min")) if number) or "0 min"
    return f"{text} of working time {'over' if span < dt.timedelta(0) else 'left'}"


def _pending(dispute: Dispute, who: Acting) -> bool:
    """Whether words of this person are on their way into the conversation."""
    query = (
        sa.exists()
        .where(Operation.id == OperationItem.operation_id)
        .where(
            OperationItem.target_id == dispute.id,
            Operation.actor_id == who.user_id,
            Operation.action.in_(list(_WRITING.values())),
            Operation.status.in_(_UNDER_WAY),
        )
    )
    return bool(session().scalar(sa.select(query)))
