"""Pages that create, change and delete a row. They flush; the application commits when the answer is a success."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import abort, flash, make_response, redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.errors import DomainError, InvalidInputError
from backoffice.services import references, scope
from views.columns import personal, resolve, words
from views.current import acting, session
from views.forms import merging, saving
from views.forms.convert import RowForm, make_form
from views.ids import wanted_id
from views.records import reading
from views.records.restoring import last_entry

Answer = str | Response | tuple[str, int]


class FormPages:
    """Mixin of `EntityView`."""

    entity: Any
    access: Any
    panel: Any
    render: Any
    get_url: Any
    label_of: Any
    offers: Any
    wanted_for: Any
    made_for: Any

    def build_forms(self) -> None:
        """Make both form classes; called once, at start, so that a bad field name stops the start."""
        model = self.entity.model
        self.create_form_class = make_form(model, self.access.create, self.label_of)
        self._personal = personal(resolve(model, self.access.edit))
        self.edit_form_class = make_form(model, self.access.edit, self.label_of)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        """A form for a new row; POST makes it. A picker that asks gets it as a dialog, and then the row."""
        if not self.access.create:
            abort(404)
        wanted = self.wanted_for()
        form = self.create_form_class(request.form if request.method == "POST" else None)
        if request.method != "POST":
            return self._form_page(form, None)
        problems: list[str] = []
        if form.validate():
            row = self.create_model(form, problems)
            if row is not None and wanted is not None:
                return self._made(form, row, wanted)
            if row is not None:
                flash(f"{self.entity.singular} created.", "success")
                return self._after_save(redirect(self.get_url(".details_view", id=row.id)), None)
        return self._form_page(form, None, problems), 422

    def _made(self, form: RowForm, row: Any, wanted: Any) -> Answer:
        """The new row as the picker takes it; one that cannot be chosen there is not made."""
        row_id = row.id
        label = self.made_for(wanted, row_id)
        if label is None:
            there = f"{wanted[0].entity.singular}, {words(wanted[1])}"
            return self._form_page(form, None, [f"This cannot be chosen there ({there}), so it was not made."]), 422
        return self._after_save(make_response(self.render("form/made.html", row_id=row_id, label=label)), None)

    def create_model(self, form: RowForm, problems: list[str] | None = None) -> Any:
        """The new row, flushed; None when a rule or a constraint refused, told in `problems` or at the fields."""
        told = problems if problems is not None else []
        names = self.access.create
        row = self.entity.model()
        saving.fill(form, row, frozenset(name for name in names if form[name].data is not None))
        try:
            if self.entity.prepare is not None:
                row = self.entity.prepare(session(), row, acting())
        except DomainError as refusal:
            self._tell(form, refusal, told)
            return None
        session().add(row)
        told.extend(saving.flush(session(), form, names))
        return None if told or form.errors else row

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Answer:
        """The form over a row; POST saves it if nobody else did meanwhile."""
        if not self.access.edit:
            abort(404)
        posted = request.method == "POST"
        row = scope.get_visible(session(), self.entity.model, wanted_id(), acting(), lock=posted)
        base = merging.opened(request.form, row.id)
        if posted and request.form.get(merging.VERSION) != str(row.version):
            return self._conflict_page(row, base)
        form = self.edit_form_class(merging.chosen(request.form, base) if posted else None, obj=row)
        held = self._held(form, row)
        if not posted:
            reading.note(session(), self.entity.model, row.id, self._personal, acting())
            return self._form_page(form, row.id, held=held)
        problems: list[str] = []
        row_id = row.id
        if form.validate() and self.update_model(form, row, problems):
            flash(saving.waits(form) or self._saved(row), "success")
            return self._after_save(redirect(self._came_from() or self.get_url(".details_view", id=row_id)), row_id)
        return self._form_page(form, row_id, problems, held), 422

    def _came_from(self) -> str | None:
        """The page of this panel from which the form was opened: where saving and leaving lead."""
        return self.panel.address(request.values.get("back"))  # type: ignore[no-any-return]

    def _draft(self, row_id: Any) -> str:
        """Under which name the browser keeps what this person typed and did not save."""
        return f"{acting().user_id}/{self.entity.noun}/{row_id or 'new'}"

    def _after_save(self, answer: Response, row_id: Any) -> Response:
        """Tell the browser that the draft of this form is saved; only this answer knows, whatever page comes next."""
        told = quote(self._draft(row_id), safe="")
        answer.set_cookie("saved", told, max_age=600, samesite="Lax", secure=request.is_secure)
        return answer

    def _saved(self, row: Any) -> str | dict[str, str]:
        """The word after a save, with what undoes it when something was changed."""
        entry = last_entry(session(), self.entity.model, row.id, acting())
        if entry is None:
            return "Saved; nothing was changed."
        undo = self.get_url(".restore_view", id=row.id)
        return {"text": "Saved.", "undo": undo, "entry": str(entry), "version": str(row.version)}

    def update_model(
        self, form: RowForm, row: Any, problems: list[str] | None = None, *, names: Sequence[str] = ()
    ) -> bool:
        """Write the touched fields and flush; False when refused, told in `problems` or at the fields.

        `names` are the fields of a form that has not all of them.
        """
        told = problems if problems is not None else []
        names = names or self.access.edit
        changed = saving.touched(form, names)
        if not changed:
            return True
        try:
            if self.entity.guard is not None:
                self.entity.guard(session(), row, {name: form[name].data for name in changed}, acting())
        except DomainError as refusal:
            self._tell(form, refusal, told)
            return False
        form.waiting = saving.apply(session(), form, row, changed, acting())
        told.extend(saving.flush(session(), form, names))
        return not told and not form.errors

    @expose("/delete/", methods=("GET", "POST"))
    def delete_view(self) -> Answer:
        """GET shows what hangs on the row; POST hides it for good (soft delete)."""
        if not self.access.delete:
            abort(404)
        posted = request.method == "POST"
        row = scope.get_visible(session(), self.entity.model, wanted_id(), acting(), lock=posted)
        if not posted:
            hanging = references.counts(session(), self.entity.model, row.id)
            return self.render("record/delete.html", row=row, title=str(row), hanging=hanging)
        if request.form.get("row_version") != str(row.version):
            flash("Someone else changed this record since you opened it; look again.", "warning")
            return redirect(self.get_url(".delete_view", id=row.id))
        problems = self.delete_model(row)
        if problems:
            hanging: list[Any] = []
            return self.render("record/delete.html", row=None, title="", hanging=hanging, problems=problems), 409
        flash(f"{self.entity.singular} deleted.", "success")
        return redirect(self.get_url(".index_view"))

    def delete_model(self, row: Any) -> list[str]:
        """Soft-delete the row and flush; sentences when the database refuses."""
        row.deleted_at = now()
        return saving.flush(session(), None, ())

    def _tell(self, form: RowForm, refusal: DomainError, problems: list[str]) -> None:
        """A refusal at its field, or above the form."""
        name = refusal.field if isinstance(refusal, InvalidInputError) else None
        if name is not None and name in form:
            form[name].errors = [*form[name].errors, refusal.message]
        else:
            problems.append(refusal.message)

    def _form_page(
        self, form: RowForm, row_id: Any, problems: Sequence[str] = (), held: Mapping[str, str] | None = None
    ) -> str:
        dialog = row_id is None and self.wanted_for() is not None
        if dialog:
            # Fields of the form behind may have the same names.
            for one in form:
                one.id = f"new-{one.id}"
        return self.render(
            "form/dialog.html" if dialog else "form/form.html",
            form=form,
            row_id=row_id,
            problems=problems,
            held=held or {},
            changed=request.method == "POST",
            draft=self._draft(row_id),
            offers={} if dialog else self.offers(),
            dialog=dialog,
            back=self._came_from(),
        )

    def _held(self, form: RowForm, row: Any, asked: Mapping[str, merging.Question] | None = None) -> dict[str, str]:
        """What an edit form carries beside its fields: the version it is over, and sealed, its texts."""
        texts = {one.name: one.text(one.object_data) for one in form}
        version = str(row.version)
        base = merging.Opened(version=version, texts=texts, before=merging.before(asked or {}))
        return {merging.VERSION: version, merging.OPENED: base.sealed(row.id)}

    def _conflict_page(self, row: Any, base: merging.Opened | None) -> tuple[str, int]:
        """Where both changed a field, its three texts; the form is over the newer version and keeps what was typed."""
        names = self.access.edit
        now_stored = self.edit_form_class(None, obj=row)
        stored = {one.name: one.text(one.object_data) for one in now_stored}
        merged = merging.merge(names, stored, request.form, base)
        form = self.edit_form_class(merged.typed, obj=row)
        held = self._held(form, row, merged.asked)
        page = {
            "form": form,
            "row_id": row.id,
            "merged": merged,
            "held": held,
            "draft": self._draft(row.id),
            "offers": self.offers(),
            "back": self._came_from(),
        }
        return self.render("form/conflict.html", **page, problems=(), changed=True), 409
