"""The screen of scan mode: numbers in, a verdict on each, one operation, and a moment to take it back (SHP-2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from flask import redirect, request
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from backoffice.actions import registry, submit
from backoffice.actions.base import Action
from backoffice.actions.inputs import InvalidFormError
from backoffice.actions.shipments import ShipmentForm
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services import operations
from backoffice.services.imports import limits
from models import Operation, Shipment
from models.operation import OperationItemStatus
from views import htmx
from views.actions import choice
from views.current import acting, session
from views.ids import wanted_id
from views.panel_page import PanelPage
from views.scan import numbers, preview

Answer = str | Response | tuple[str, int]


class ScanMode(PanelPage):
    """Its parts come and go on one page; without a script each step is a page of its own."""

    noun = "scan"
    label = "Scan parcels"
    gets = ("index", "result_view")
    posts = ("preview_view", "apply", "undo")
    unattended = ("result_view",)

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """What writes needs the permission of the action too."""
        for method, endpoint, needed in super().rules():
            yield method, endpoint, needed | {self._action.permission} if method == "POST" else needed

    @property
    def _action(self) -> Action:
        return registry.get("shipment.update")

    @expose("/")
    def index(self) -> Answer:
        """The empty screen."""
        return self._screen()

    @expose("/preview/", methods=("POST",))
    def preview_view(self) -> Answer:
        """What would come of each number, and what was typed again."""
        try:
            file = request.files.get("file")
            found = numbers.read(request.form.get("numbers", ""), file.stream.read() if file is not None else b"")
            inputs = submit.clean(self._action, request.form)
        except InvalidFormError as error:
            return self._screen(errors=error.errors), 422
        except DomainError as refusal:
            return self._screen(problem=refusal.message), refusal.status
        told = preview.lines(session(), self._action, found, inputs, acting(), self.panel.linker())
        return self._screen(lines=told, typed=" ".join(found), client_key=uuid.uuid4().hex)

    @expose("/apply/", methods=("POST",))
    def apply(self) -> Answer:
        """One operation about the parcels that may go ahead; it rests for a moment, in which it can be taken back."""
        view = self.panel.view_of(Shipment)
        pins = [("rowid", text) for text in request.form.getlist("rowid")]
        selection = choice.chosen(view.listing, self._action, MultiDict(pins))
        try:
            operation = submit.submit(
                session(),
                self._action,
                selection,
                request.form,
                client_key=request.form.get("client_key", ""),
                acting=acting(),
                panel=self.panel.role,
                rests=True,
            )
        except InvalidFormError as error:
            return self._screen(errors=error.errors), 422
        except DomainError as refusal:
            if refusal.status in {403, 404}:
                raise
            session().rollback()
            return self._screen(problem=refusal.message), refusal.status
        return self._after(operation)

    @expose("/result/")
    def result_view(self) -> Answer:
        """How far the operation is; it asks again until it is over."""
        operation = self._own()
        return self._part("scan/result.html", **self._result(operation))

    @expose("/undo/", methods=("POST",))
    def undo(self) -> Answer:
        """Take the operation back while no worker has it."""
        operation = self._own()
        try:
            submit.cancel(session(), operation.id, acting())
        except DomainError as refusal:
            session().rollback()
            return self._screen(problem=refusal.message), refusal.status
        return self._after(operation)

    def _own(self) -> Operation:
        """The operation of this person that is asked about."""
        operation_id = wanted_id()
        operation = operations.get(session(), operation_id, acting())
        if operation.actor_id != acting().user_id or operation.action != self._action.key:
            raise NotFoundError
        return operation

    def _after(self, operation: Operation) -> Answer:
        """An empty screen for the next parcels, with what came of the last ones."""
        if htmx.asks():
            return self._screen(typed="", result=self._result(operation))
        return redirect(self.get_url(f"{self.panel.role.value}_operations.details_view", id=operation.id))

    def _result(self, operation: Operation) -> dict[str, Any]:
        found = operations.counts(session(), operation.id)
        waiting = found.get(OperationItemStatus.QUEUED, 0)
        live = operation.status not in operations.FINAL
        return {
            "operation": operation,
            "counts": [(status, found[status]) for status in OperationItemStatus if found.get(status)],
            "live": live,
            "can_undo": live and waiting == operation.total and not operation.cancel_requested,
            "record": self.get_url(f"{self.panel.role.value}_operations.details_view", id=operation.id),
        }

    def _screen(
        self,
        *,
        lines: list[preview.Line] | None = None,
        typed: str | None = None,
        errors: Mapping[str, Any] | None = None,
        problem: str = "",
        client_key: str = "",
        result: dict[str, Any] | None = None,
    ) -> str:
        """The screen, with what was typed while nothing was recorded."""
        # What happened is the same for the next parcels, more often than not; only their numbers are new.
        form = ShipmentForm(request.form if request.method == "POST" else None)
        if errors:
            form.validate()
        return self._part(
            "scan/screen.html" if htmx.asks() else "scan/scan.html",
            heading=self.label,
            form=form,
            typed=request.form.get("numbers", "") if typed is None else typed,
            # What needs a look comes first.
            lines=sorted(lines or [], key=lambda line: line.pin is not None),
            going=[line for line in lines or [] if line.pin],
            problem=problem,
            client_key=client_key,
            result=result,
            action=self._action,
            most=numbers.MOST,
            most_bytes=limits.BYTES,
        )

    def _part(self, template: str, **values: Any) -> str:
        return str(self.render(template, panel=self.panel, entity=self, **values))
