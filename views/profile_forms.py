"""The forms of a person's profile."""

from __future__ import annotations

from wtforms import Form, PasswordField, SelectChoice, SelectField
from wtforms.validators import EqualTo, InputRequired, Length

from backoffice.actions.choices import choices
from backoffice.preferences import Density, Locale, Theme, time_zones
from backoffice.services import passwords


class PreferencesForm(Form):
    """How the pages look and how they write numbers and times."""

    time_zone = SelectField(
        "Time zone",
        choices=lambda: [SelectChoice(name, name.replace("_", " ")) for name in time_zones()],
        description="Times on the pages are shown in it.",
        render_kw={"data-pick": ""},
    )
    locale = SelectField(
        "Numbers and dates",
        choices=choices(Locale),
        description="How they are written; the words stay English.",
    )
    theme = SelectField("Theme", choices=choices(Theme))
    density = SelectField("Density", choices=choices(Density))


class PasswordForm(Form):
    """The old password, and the new one twice."""

    old = PasswordField(
        "Password now",
        validators=[InputRequired("Type the password you have now."), Length(max=passwords.MAX_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password",
        validators=[InputRequired("Type a new password."), Length(max=passwords.MAX_LENGTH)],
        render_kw={"autocomplete": "new-password"},
        description=f"At least {passwords.MIN_LENGTH} characters.",
    )
    again = PasswordField(
        "New password again",
        validators=[EqualTo("password", "The two new passwords are not the same.")],
        render_kw={"autocomplete": "new-password"},
    )
