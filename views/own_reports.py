"""A person's own reports: asking for one, once or on a schedule, how far each is, and its file while it lasts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, redirect, request, send_file
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.errors import DomainError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services import audit
from backoffice.services.reports import request as reports
from backoffice.services.reports import schedules, types
from models import Report, ReportSchedule
from models.report import ReportFormat, ReportStatus, ReportType, Rhythm
from views import cells
from views.current import acting, form, session
from views.exports import MIMES
from views.listing.search import parse_uuid
from views.panel_page import PanelPage
from views.report_forms import ReportForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One report as the page shows it."""

    report: Report
    created: cells.Cell
    expires: cells.Cell | None
    #: Whether its file can be fetched.
    there: bool


class OwnReports(PanelPage):
    """Only one's own, whatever one may see of others' work."""

    noun = "own_reports"
    label = "My reports"
    gets = ("index", "table", "download")
    posts = ("ask", "again", "pause", "remove")
    unattended = ("table",)

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """Whoever writes may ask for reports; which of them, the service asks."""
        for method, endpoint, needed in super().rules():
            yield method, endpoint, needed | {Permission.REPORTS_ASK} if method == "POST" else needed

    @expose("/")
    def index(self) -> str:
        """The form, the schedules, and all reports, newest first."""
        return self._page(ReportForm(None, self.panel.role))

    @expose("/table/")
    def table(self) -> str:
        """The part of the page that changes; it asks for itself again while something is being made."""
        return str(self.render("reports/rows.html", panel=self.panel, **self._shown()))

    @expose("/ask/", methods=("POST",))
    def ask(self) -> Response | tuple[str, int]:
        """Have a report made now, or every week or month; asked for twice it is made once."""
        typed = ReportForm(request.form, self.panel.role)
        if not typed.validate():
            return self._page(typed), 422
        try:
            said = self._ask(typed)
        except InvalidInputError as error:
            field = typed[error.field]
            field.errors = [*field.errors, error.message]
            return self._page(typed), 422
        except DomainError as refusal:
            if refusal.status != 409:
                raise
            flash(refusal.message, "danger")
        else:
            flash(*said)
        return redirect(self.get_url(".index"))

    @expose("/again/", methods=("POST",))
    def again(self) -> Response:
        """Try one that failed once more."""
        report = reports.again(session(), self.panel.role, _wanted(request.form), acting())
        flash(f"{report}: it is tried again.", "success")
        return redirect(self.get_url(".index"))

    @expose("/pause/", methods=("POST",))
    def pause(self) -> Response:
        """Let a schedule rest, or go on."""
        paused = request.form.get("paused") == "1"
        schedule = schedules.pause(session(), self.panel.role, _wanted(request.form), acting(), paused=paused)
        flash(f"{schedule}: {'it rests.' if paused else 'it goes on.'}", "success")
        return redirect(self.get_url(".index"))

    @expose("/remove/", methods=("POST",))
    def remove(self) -> Response:
        """End a schedule."""
        schedules.remove(session(), self.panel.role, _wanted(request.form), acting())
        flash("The schedule is removed. The reports it made stay.", "success")
        return redirect(self.get_url(".index"))

    @expose("/download/")
    def download(self) -> Response:
        """The file; noted in the audit log. 404 for another person's, and for a type that the role has no more."""
        report = reports.to_fetch(session(), self.panel.role, _wanted(request.args), acting())
        file = current_app.extensions["files"].open(report.file_name)
        if file is None:
            raise NotFoundError("The file is not there any more. Ask for the report again.")
        audit.record(
            session(),
            audit.Event.DOWNLOADED,
            entity=Report.__tablename__,
            entity_id=report.id,
            acting=acting(),
            after={"type": report.type.value, "format": report.format.value, "rows": report.rows},
        )
        name = f"{report.type.value}-{report.created_at.astimezone(dt.UTC):%Y-%m-%d-%H%M}.{report.format.value}"
        return send_file(file, mimetype=MIMES[report.format.value], as_attachment=True, download_name=name)

    def _ask(self, typed: ReportForm) -> tuple[str, str]:
        """What is said when it was asked for, and its tone."""
        wanted = reports.Wanted(
            type=ReportType(typed.type.data),
            format=ReportFormat(typed.format.data),
            currency=typed.data.get("currency") or None,
        )
        if typed.rhythm.data:
            rhythm = Rhythm(typed.rhythm.data)
            schedule, new = schedules.make(session(), self.panel.role, wanted, rhythm, acting())
            return f"{schedule}: {'it is scheduled.' if new else 'you have it already.'}", "success" if new else "info"
        period = typed.chosen(now().date())
        report, new = reports.submit(session(), self.panel.role, wanted, period, acting())
        told = "is being made. You are told when it is ready." if new else "is being made already."
        return f"{report}: the file {told}", "success" if new else "info"

    def _page(self, typed: ReportForm) -> str:
        shape = form()
        found: list[tuple[ReportSchedule, Any]] = [
            (one, cells.time_cell(one.next_run_at, shape))
            for one in schedules.mine(session(), self.panel.role, acting())
        ]
        kinds = types.of(self.panel.role)
        more = {"form": typed, "schedules": found, "kinds": kinds, "entity": self}
        return str(self.render("reports/reports.html", panel=self.panel, **more, **self._shown()))

    def _shown(self) -> dict[str, Any]:
        shape, moment = form(), now()
        found = reports.mine(session(), self.panel.role, acting())
        lines = [
            Line(
                report=one,
                created=cells.time_cell(one.created_at, shape),
                expires=cells.time_cell(one.expires_at, shape) if one.expires_at else None,
                there=one.status is ReportStatus.COMPLETED and one.expires_at is not None and one.expires_at > moment,
            )
            for one in found
        ]
        return {"lines": lines, "live": any(one.status is ReportStatus.GENERATING for one in found)}


def _wanted(given: Any) -> Any:
    return parse_uuid(given.get("id", "")) or abort(404)
