"""What is asked of people who work on disputes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from backoffice.actions.choices import choices
from backoffice.actions.people import ColleagueField
from backoffice.services.dispute_attachments import TOO_MANY
from backoffice.services.disputes import ASSIGNABLE
from models.dispute import MOST_FILES, DisputeOutcome, DisputePriority
from models.dispute_event import WaitingFor


class FilesField(HiddenField):
    """Ids of files that were uploaded before, each once; the page with the files offers them."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what is an id; an empty control stands for none."""
        try:
            self.data = list(dict.fromkeys(str(uuid.UUID(value)) for value in valuelist if value))
        except ValueError as error:
            raise ValueError("This is not a file.") from error

    def pre_validate(self, form: Form) -> None:
        """Refuse more than a message has."""
        del form
        if len(self.data or ()) > MOST_FILES:
            raise ValidationError(TOO_MANY)

    def _value(self) -> str:
        return ""


class AssignForm(Form):
    """Who works on it."""

    assignee = ColleagueField("Assignee", roles=ASSIGNABLE)


class ReasonForm(Form):
    """Why."""

    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), Length(max=2000)])


class MessageForm(Form):
    """What to write, and who may read it."""

    text = TextAreaField("Message", validators=[InputRequired("Write a message."), Length(max=5000)])
    #: What is not said to be public stays internal, whoever forgot to say it.
    is_public = BooleanField("Public: vendor and customer may read it")
    wait_for = SelectField(
        "Wait for",
        choices=choices(WaitingFor, none="No change"),
        default="",
        description="While it waits for customer or vendor, its clock stands still.",
    )
    attachments = FilesField("Files", default=())


class AnswerForm(Form):
    """What the vendor says."""

    text = TextAreaField("Answer", validators=[InputRequired("Write an answer."), Length(max=5000)])
    attachments = FilesField("Files", default=())


class PriorityForm(Form):
    """How soon it must be looked at, and why (DSP-5)."""

    priority = SelectField("Priority", choices=choices(DisputePriority))
    reason = TextAreaField("Reason", validators=[InputRequired("Say why."), Length(max=2000)])


class ResolveForm(Form):
    """The decision (DSP-1)."""

    outcome = SelectField("Outcome", choices=choices(DisputeOutcome, none="Choose one"), validators=[DataRequired()])
    amount = StringField(
        "Amount to refund",
        description="In the currency of the order; for a partial refund only.",
        validators=[Optional(), Length(max=20)],
    )
    notes = TextAreaField(
        "Notes", description="How you came to the decision.", validators=[InputRequired("Say why."), Length(max=5000)]
    )
