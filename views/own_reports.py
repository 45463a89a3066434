"""A person's own reports: asking for one, once or on a schedule, and what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response

from backoffice.clock import now
from backoffice.errors import DomainError, InvalidInputError
from backoffice.permissions import Permission
from backoffice.services.exports import own
from backoffice.services.reports import request as reports
from backoffice.services.reports import schedules, types
from backoffice.services.reports.carry_out import LIFE
from models import Report, ReportSchedule
from models.report import ReportFormat, ReportStatus, ReportType, Rhythm
from views import cells
from views.current import acting, form, session
from views.ids import wanted_id
from views.own_files import Line, OwnFiles
from views.report_forms import ReportForm


class OwnReports(OwnFiles):
    """A report is had only by a role that still has its type."""

    noun = "own_reports"
    label = "My reports"
    posts = ("ask", "again", "pause", "remove")
    life = LIFE
    head = "Report"
    once_more = "Try again"
    none_yet = "You have not asked for a report.", "Choose one; its file will be here for a week."

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """Whoever writes may ask for reports; which of them, the service asks."""
        for method, endpoint, needed in super().rules():
            yield method, endpoint, needed | {Permission.REPORTS_ASK} if method == "POST" else needed

    @expose("/")
    def index(self) -> str:
        """The form, the schedules, and all reports, newest first."""
        return self._page(ReportForm(None, self.panel.role))

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
        report = reports.again(session(), self.panel.role, wanted_id(), acting())
        flash(f"{report}: it is tried again.", "success")
        return redirect(self.get_url(".index"))

    @expose("/pause/", methods=("POST",))
    def pause(self) -> Response:
        """Let a schedule rest, or go on."""
        paused = request.form.get("paused") == "1"
        schedule = schedules.pause(session(), self.panel.role, wanted_id(), acting(), paused=paused)
        flash(f"{schedule}: {'it rests.' if paused else 'it goes on.'}", "success")
        return redirect(self.get_url(".index"))

    @expose("/remove/", methods=("POST",))
    def remove(self) -> Response:
        """End a schedule."""
        schedules.remove(session(), self.panel.role, wanted_id(), acting())
        flash("The schedule is removed. The reports it made stay.", "success")
        return redirect(self.get_url(".index"))

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

    def _to_fetch(self, row_id: uuid.UUID) -> Report:
        return reports.to_fetch(session(), self.panel.role, row_id, acting())

    def _noted(self, one: Report) -> tuple[str, Any, dict[str, Any]]:
        return Report.__tablename__, one.id, {"type": one.type.value, "format": one.format.value}

    def _stem(self, one: Report) -> str:
        return one.type.value

    def _mine(self) -> list[Report]:
        return list(own.mine(session(), Report, self.panel.role, acting()))

    def _line(self, one: Report, **times: Any) -> Line:
        of, scheduled = one.filters, ", scheduled" if one.schedule_id else ""
        return Line(
            file=one,
            title=f"{one.type.label}{', ' + of['currency'] if 'currency' in of else ''} as {one.format.label}",
            href="",
            remarks=f"{of['from']} to {of['to']}{scheduled}",
            again=one.status is ReportStatus.FAILED,
            **times,
        )
