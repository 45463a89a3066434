"""What is asked of people who work on disputes."""

from __future__ import annotations

from wtforms import BooleanField, Form, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from backoffice.actions.choices import choices
from models.dispute import DisputeOutcome, DisputePriority
from models.dispute_event import WaitingFor


class AssignForm(Form):
    """Who works on it."""

    assignee = StringField(
        "E-mail of the admin", description="Leave empty to take it yourself.", validators=[Optional(), Length(max=254)]
    )


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


class AnswerForm(Form):
    """What the vendor says."""

    text = TextAreaField("Answer", validators=[InputRequired("Write an answer."), Length(max=5000)])


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
