"""One page an action: GET or a POST without a key shows the dry run; a POST with a key submits it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, request
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.wrappers import Response

from backoffice.acting import Acting
from backoffice.actions import registry, submit
from backoffice.actions.base import Action, Inputs, Verdict
from backoffice.actions.inputs import InvalidFormError
from backoffice.actions.planning import content_hash
from backoffice.actions.selection import Ids, One, Selection
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import GRANTS
from views.actions import choice, forms, sheet
from views.cells import Cell
from views.current import acting, session
from views.labels import labels_of
from views.listing.query import ListQuery

Answer = str | Response | tuple[str, int]
_NOTHING = "Tick at least one row first."


class ActionPages:
    """Mixin of `EntityView`: a route for each action that the panel's role may use, and none for the others."""

    entity: Any
    panel: Any
    listing: ListQuery
    render: Any
    get_url: Any

    @property
    def actions_granted(self) -> list[Action]:
        """Actions on this entity that the role of the panel holds."""
        granted = GRANTS[self.panel.role]
        model = self.entity.model
        return [
            action for action in registry.registry().values() if action.entity is model and action.permission in granted
        ]

    def actions_here(self, who: Acting, *, bulk: bool) -> list[Action]:
        """Actions to offer this person, in the list or on the record page."""
        return [action for action in registry.for_entity(self.entity.model, who) if action.bulk or not bulk]

    def action_endpoints(self) -> list[tuple[str, str, Action, Callable[[], Any]]]:
        """Path, endpoint, action and view of each granted action."""
        return [
            (f"/act/{verb(action)}/", f"act_{verb(action)}", action, self._view_of(action))
            for action in self.actions_granted
        ]

    def _view_of(self, action: Action) -> Callable[[], Answer]:
        """A view function of the action's own, because Flask and its extensions ask for its name."""

        def act() -> Answer:
            return self.act(action)

        return act

    def act(self, action: Action) -> Answer:
        """The page of `action`, or its part of the sheet."""
        values = MultiDict(
            CombinedMultiDict([request.form, request.args]) if request.method == "POST" else request.args
        )
        try:
            return self._answer(action, values)
        except DomainError as refusal:
            if not sheet.wanted() or refusal.status in {403, 404}:
                raise
            session().rollback()
            return self.render("actions/refused.html", action=action, problem=refusal.message), refusal.status

    def _answer(self, action: Action, values: MultiDict[str, str]) -> Answer:
        selection = choice.chosen(self.listing, action, values)
        if selection == Ids(targets=[]):
            if sheet.wanted():
                raise InvalidInputError(_NOTHING)
            flash(_NOTHING, "warning")
            return redirect(choice.came_from(self.get_url(".index_view")))
        if request.method == "POST" and request.form.get("client_key"):
            return self._submit(action, selection, values)
        return self._page(action, selection, values)

    def _submit(self, action: Action, selection: Selection, values: MultiDict[str, str]) -> Answer:
        """Make the operation; the same key twice is the same operation (M18)."""
        try:
            typed = submit.clean(action, request.form)
            if action.preview and request.form.get("previewed") != _mark(action, typed):
                return self._page(action, selection, values, typed=typed)
            operation = submit.submit(
                session(),
                action,
                selection,
                request.form,
                client_key=request.form["client_key"],
                acting=acting(),
                panel=self.panel.role,
            )
        except InvalidFormError as error:
            return self._page(action, selection, values, errors=dict(error.errors)), 422
        except DomainError as refusal:
            if refusal.status in {403, 404}:
                raise
            session().rollback()
            return self._page(action, selection, values, problem=refusal.message), refusal.status
        return redirect(self.get_url(f"{self.panel.role.value}_operations.details_view", id=operation.id))

    def _page(
        self,
        action: Action,
        selection: Selection,
        values: MultiDict[str, str],
        *,
        typed: Inputs | None = None,
        errors: dict[str, Any] | None = None,
        problem: str | None = None,
    ) -> str:
        who = acting()
        plan = submit.plan(session(), action, selection, typed or {}, who)
        form = self._form(action, selection)
        if form is not None and errors is not None:
            form.validate()
        return self.render(
            "actions/sheet.html" if sheet.wanted() else "actions/action.html",
            sheet=sheet.wanted(),
            action=action,
            plan=plan,
            verdicts=self._targets(plan.verdicts),
            form=form,
            previewed=None if typed is None else _mark(action, typed),
            errors=errors or {},
            problem=problem,
            carried=choice.carried(values),
            back=self._back(selection),
            client_key=request.form.get("client_key") or uuid.uuid4().hex,
        )

    def _back(self, selection: Selection) -> str:
        """Where the person came from: the record, when it is one, else the list."""
        if isinstance(selection, One):
            return str(self.get_url(".details_view", id=selection.id))
        return str(self.get_url(".index_view"))

    def _form(self, action: Action, selection: Selection) -> Any:
        """The action's form: with what was typed, else with the initial values for the one target."""
        targets = getattr(selection, "targets", ())
        target_id = targets[0].id if len(targets) == 1 else None
        submitted = request.method == "POST" and request.form.get("client_key")
        typed = request.form if submitted else None
        return forms.shown(session(), action, typed, target_id=target_id, acting=acting())

    def _targets(self, verdicts: Sequence[Verdict]) -> list[tuple[Verdict, Cell]]:
        """Each verdict with its target as a link, in one statement."""
        model = self.entity.model
        link = self.panel.linker()
        names = labels_of(session(), model, [verdict.target_id for verdict in verdicts])
        return [
            (verdict, Cell(names.get(verdict.target_id, ""), link(model, verdict.target_id))) for verdict in verdicts
        ]


def _mark(action: Action, typed: Inputs) -> str:
    """What tells that a person has seen the dry run of exactly these inputs."""
    return content_hash(action.key, typed, (), {})


def verb(action: Action) -> str:
    """The part of the key after the noun."""
    return action.key.split(".", 1)[1]
