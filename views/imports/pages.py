"""Taking a file in: choose it, say what its columns mean, look at what each row would do, start, watch, undo."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.errors import DomainError, InvalidInputError
from backoffice.services.imports import limits, lines
from backoffice.services.imports import request as imports
from backoffice.services.imports.reading import read
from models import Import
from models.imports import ImportMode, ImportStatus, RowResult, Verdict
from views import cells, htmx
from views.current import acting, form, session
from views.ids import wanted_id
from views.imports import mapping
from views.imports.judging import Judge

#: The colour of each verdict and result.
TONES = {
    Verdict.NEW: "success", Verdict.CHANGED: "info", Verdict.UNCHANGED: "neutral", Verdict.BAD: "danger",
    RowResult.WRITTEN: "success", RowResult.REFUSED: "danger", RowResult.UNDONE: "neutral", RowResult.KEPT: "warning",
}  # fmt: skip
ROUTES = ("import_view", "columns_view", "rows_view", "import_progress", "start_import", "undo_import")
_COUNTED = (*Verdict, *RowResult)


class ImportPages:
    """Mixin of `EntityView`. Everybody sees their own imports only, whatever their role."""

    entity: Any
    access: Any
    panel: Any
    render: Any
    get_url: Any

    @property
    def imports(self) -> bool:
        """Whether the panel may take files in for this list."""
        return bool(mapping.keys(self.entity, self.access))

    @expose("/import/", methods=("GET", "POST"))
    def import_view(self) -> str | Response | tuple[str, int]:
        """Where a file is chosen, with the person's last imports; POST keeps it, and asks what its columns mean."""
        problem = None
        if request.method == "POST":
            try:
                kept = self._keep()
            except InvalidInputError as refusal:
                session().rollback()
                problem = refusal.message
            else:
                return redirect(self.get_url(".columns_view", id=kept.id))
        shape = form()
        found = imports.mine(session(), self._import_place, acting())
        page = self.render(
            "imports/file.html",
            problem=problem,
            limits=limits,
            known=mapping.fields(self.access),
            mine=[(one, cells.time_cell(one.created_at, shape)) for one in found],
        )
        return page if problem is None else (page, 422)

    @expose("/import/columns/", methods=("GET", "POST"))
    def columns_view(self) -> str | Response | tuple[str, int]:
        """What the columns mean, and how to write; POST judges every row."""
        posted = request.method == "POST"
        kept = imports.own(session(), self._import_place, wanted_id(), acting(), lock=posted)
        if kept.status is not ImportStatus.DRAFT:
            return redirect(self.get_url(".rows_view", id=kept.id))
        if not posted:
            return self._columns_page(kept, self._offered(kept))
        try:
            chosen = mapping.chosen(request.form, kept, self.entity, self.access)
        except InvalidInputError as refusal:
            return self._columns_page(kept, request.form, refusal), 422
        judge = Judge(self.entity, self.access, chosen, session(), acting())
        imports.judge(session(), kept, chosen, judge.judge(imports.rows_of(session(), kept)), now())
        return redirect(self.get_url(".rows_view", id=kept.id))

    @expose("/import/rows/")
    def rows_view(self) -> str | Response:
        """What each row would do, or has done."""
        kept = imports.own(session(), self._import_place, wanted_id(), acting())
        if kept.judged_at is None:
            return redirect(self.get_url(".columns_view", id=kept.id))
        after = request.args.get("after", "")
        found, more = lines.page(session(), kept, _show(), int(after) if after.isdecimal() and len(after) < 9 else 0)
        known = mapping.fields(self.access)
        key = next(int(number) for number, name in kept.mapping.items() if name == kept.key)
        return self.render(
            "imports/rows.html",
            lines=found,
            next=found[-1].position if more else None,
            show=_show(),
            known=known,
            key=key,
            tones=TONES,
            mode=ImportMode,
            finds=known.get(kept.key, kept.key),
            **self._import_progress(kept),
        )

    @expose("/import/progress/")
    def import_progress(self) -> str | Response:
        """How far it is, for the page that watches; when it is over, all of the page in place of what is there."""
        kept = imports.own(session(), self._import_place, wanted_id(), acting())
        if kept.status not in imports.OPEN:
            page = self.rows_view()
            return Response(page, headers=htmx.WHOLE) if isinstance(page, str) else page
        return self.render("imports/progress.html", show=_show(), **self._import_progress(kept))

    @expose("/import/start/", methods=("POST",))
    def start_import(self) -> Response:
        """Have a worker write what the preview says; a second click finds it started."""
        kept = imports.own(session(), self._import_place, wanted_id(), acting(), lock=True)
        try:
            new = imports.start(session(), kept, request.form.get("judged", ""), acting())
        except DomainError as refusal:
            session().rollback()
            flash(refusal.message, "danger")
        else:
            told = "The import has begun. You are told when it is done." if new else "It has been started already."
            flash(told, "success" if new else "info")
        return redirect(self.get_url(".rows_view", id=wanted_id()))

    @expose("/import/undo/", methods=("POST",))
    def undo_import(self) -> Response:
        """Have a worker put back what the import has changed."""
        kept = imports.own(session(), self._import_place, wanted_id(), acting(), lock=True)
        try:
            imports.undo(session(), kept, acting())
        except DomainError as refusal:
            session().rollback()
            flash(refusal.message, "danger")
        else:
            flash("The import is being undone. You are told what came of it.", "success")
        return redirect(self.get_url(".rows_view", id=wanted_id()))

    @property
    def _import_place(self) -> imports.Place:
        return imports.Place(
            panel=self.panel.role,
            noun=self.entity.noun,
            label=self.entity.label,
            entity=self.entity.model.__tablename__,
            permission=self.access.write,
        )

    def _keep(self) -> Import:
        """The file that was sent, as a draft. Raises `InvalidInputError`."""
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise limits.refused("Choose a file.")
        sheet = read(sent.stream.read(limits.BYTES + 1))
        return imports.keep(session(), self._import_place, sent.filename, sheet, acting())

    def _offered(self, kept: Import) -> dict[str, str]:
        """What the form of the columns holds: what was chosen before, else what the headings suggest."""
        keys = mapping.keys(self.entity, self.access)
        known = mapping.fields(self.access)
        meant = (
            mapping.guessed(kept.headings, known)
            if kept.mapping is None
            else {int(number): name for number, name in kept.mapping.items()}
        )
        key = kept.key or next((name for name in keys if name in meant.values()), keys[0])
        columns = {f"column_{number}": name for number, name in meant.items()}
        return {**columns, "key": key, "mode": (kept.mode or ImportMode.ALL).value}

    def _columns_page(self, kept: Import, held: Any, refusal: InvalidInputError | None = None) -> str:
        known = mapping.fields(self.access)
        return self.render(
            "imports/columns.html",
            kept=kept,
            held=held,
            refusal=refusal,
            known=known,
            keys=mapping.keys(self.entity, self.access),
            modes=list(ImportMode),
            examples=lines.examples(session(), kept),
        )

    def _import_progress(self, kept: Import) -> dict[str, Any]:
        verdicts, results = imports.counts(session(), kept)
        numbers = {**verdicts, **results}
        return {
            "kept": kept,
            "counted": [(one, numbers[one]) for one in _COUNTED if numbers.get(one)],
            "writes": verdicts.get(Verdict.NEW, 0) + verdicts.get(Verdict.CHANGED, 0),
            "bad": verdicts.get(Verdict.BAD, 0),
            "live": kept.status in imports.OPEN,
            "undoable": imports.can_undo(kept, now()) and bool(results.get(RowResult.WRITTEN)),
        }


def _show() -> str:
    """The verdict or result whose rows are asked for; empty for all."""
    which = request.args.get("show", "")
    return which if which in set(_COUNTED) else ""
