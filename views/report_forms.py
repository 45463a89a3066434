"""The form that asks for a report."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, Form, SelectChoice, SelectField
from wtforms.validators import Optional, ValidationError

from backoffice.actions.choices import choices
from backoffice.money import CURRENCIES
from backoffice.permissions import Role
from backoffice.services.figures.read import Period
from backoffice.services.reports import types
from backoffice.services.reports.periods import Preset, of_preset
from models.report import ReportFormat, Rhythm


class ReportForm(Form):
    """What, about which days, in which currency, as which file, and how often."""

    type = SelectField("Report")
    period = SelectField("Period", choices=choices(Preset), default=Preset.LAST_MONTH.value)
    since = DateField("From", validators=[Optional()], description="Fill both dates for days of your own.")
    until = DateField("To", validators=[Optional()], description="This day is included.")
    currency = SelectField(
        "Currency",
        choices=[SelectChoice("", "Each by itself"), *(SelectChoice(code, code) for code in CURRENCIES)],
        description="Amounts of two currencies are never added up.",
        render_kw={"data-pick": ""},
    )
    format = SelectField("File", choices=choices(ReportFormat))
    rhythm = SelectField(
        "How often",
        choices=choices(Rhythm, none="Once"),
        description="A scheduled report is about the whole week or month before, whatever the period says.",
    )

    def __init__(self, formdata: Any, role: Role, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        kinds = types.of(role)
        self.type.choices = [SelectChoice(kind.type.value, kind.type.label) for kind in kinds]
        if not any(kind.by_currency for kind in kinds):
            del self.currency

    def validate_since(self, _field: DateField) -> None:
        """Both dates or none; an empty one is not asked itself."""
        if self.until.data is None:
            raise ValidationError("Fill both dates, or none of them.")

    def validate_until(self, _field: DateField) -> None:
        """The same, from the other side."""
        if self.since.data is None:
            raise ValidationError("Fill both dates, or none of them.")

    def chosen(self, today: Any) -> Period:
        """The days that were chosen."""
        if self.since.data is not None and self.until.data is not None:
            return Period(since=self.since.data, until=self.until.data)
        return of_preset(Preset(self.period.data), today)
