"""A person's own page: who they are here, how they want the pages, where they are signed in, what they are told of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from werkzeug.wrappers import Response
from wtforms import Form

from backoffice import security
from backoffice.errors import InvalidInputError
from backoffice.security import redirects, requests
from backoffice.services import notification_preferences, own_password, user_preferences, user_sessions
from models import User, UserSession
from views import cells, htmx
from views.current import acting, form, session
from views.devices import device
from views.ids import wanted_id
from views.panel_page import PanelPage
from views.profile_forms import PasswordForm, PreferencesForm
from views.records import reading

NOUN = "profile"
_POSTS = ("preferences", "appearance", "end_session", "end_others", "password", "choices")
#: What an admin who views as somebody reads of them here (ACC-3).
_PERSONAL = ("email", "first_name", "last_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the person is signed in."""

    row: UserSession
    device: str
    started: cells.Cell
    seen: cells.Cell
    #: Whether the page is looked at from there.
    here: bool


class Profile(PanelPage):
    """One in each panel, the same for everybody; it is in the person's menu."""

    noun = NOUN
    label = "Profile"
    posts = _POSTS

    @expose("/")
    def index(self) -> str:
        """All of it. The sessions of somebody as whom one only views stay their own business."""
        who = acting()
        if who.viewer is not None:
            reading.note(session(), User, who.user_id, _PERSONAL, who)
        return self._page()

    @expose("/preferences/", methods=("POST",))
    def preferences(self) -> Response | tuple[str, int]:
        """Keep time zone, locale, theme and density."""
        typed = PreferencesForm(request.form)
        if not typed.validate():
            return self._page(preferences=typed), 422
        try:
            user_preferences.save(session(), **typed.data, acting=acting())
        except InvalidInputError as error:
            return self._page(preferences=_at_fault(typed, error)), 422
        return self._done("Your preferences are saved.")

    @expose("/appearance/", methods=("POST",))
    def appearance(self) -> Response:
        """Keep theme or density alone; for the switches in the header, which go on as if nothing had happened."""
        theme, density = request.form.get("theme"), request.form.get("density")
        user_preferences.set_appearance(session(), theme=theme, density=density, acting=acting())
        if htmx.asks() or request.headers.get("X-Requested-With"):
            return Response(status=204)
        return redirect(redirects.local_path(request.form.get("next")) or self.get_url(".index"))

    @expose("/sessions/end/", methods=("POST",))
    def end_session(self) -> Response:
        """Sign out one other device; 404 for a session of somebody else."""
        session_id = wanted_id("rowid")
        user_sessions.end_one(session(), session_id, current=_staff().session_id, acting=acting())
        return self._done("That session has ended.")

    @expose("/sessions/end-others/", methods=("POST",))
    def end_others(self) -> Response:
        """Sign out everywhere but here."""
        who, staff = acting(), _staff()
        count = user_sessions.end_all(
            session(), staff.id, reason="ended by its owner", acting=who, but=staff.session_id
        )
        return self._done("There is no other session." if not count else "All other sessions have ended.")

    @expose("/password/", methods=("POST",))
    def password(self) -> Response | tuple[str, int, dict[str, str]]:
        """Change the password; nothing that was typed is shown again."""
        typed = PasswordForm(request.form)
        if not typed.validate():
            return self._page(password=typed), 422, {}
        try:
            outcome = own_password.change(
                session(),
                old=typed.old.data,
                new=typed.password.data,
                session_id=_staff().session_id,
                acting=acting(),
            )
        except InvalidInputError as error:
            return self._page(password=_at_fault(typed, error)), 422, {}
        if not outcome.message:
            return self._done("Your password is changed, and all other sessions have ended.")
        requests.commit_refusal()
        typed.old.errors = [outcome.message]
        status, headers = (429, {"Retry-After": str(outcome.wait)}) if outcome.wait else (422, {})
        return self._page(password=typed), status, headers

    @expose("/notifications/", methods=("POST",))
    def choices(self) -> Response:
        """Keep what the person wants to be told of: a box that is not ticked is a no."""
        notification_preferences.save(session(), wanted=request.form.getlist("wanted"), acting=acting())
        return self._done("What you are told of is saved.")

    def _page(self, *, preferences: Form | None = None, password: Form | None = None) -> str:
        who, staff = acting(), _staff()
        kept = preferences or PreferencesForm(obj=user_preferences.of(session(), staff.id))
        sessions = user_sessions.living(session(), staff.id) if who.viewer is None else ()
        return str(
            self.render(
                "profile/profile.html",
                panel=self.panel,
                entity=self,
                preferences=kept,
                password=password or PasswordForm(),
                sessions=[_place(one, staff.session_id) for one in sessions],
                choices=notification_preferences.choices(session(), who),
            )
        )

    def _done(self, sentence: str) -> Response:
        flash(sentence, "success")
        return redirect(self.get_url(".index"))


def _place(row: UserSession, current: uuid.UUID) -> Place:
    return Place(
        row=row,
        device=device(row.user_agent),
        started=cells.time_cell(row.created_at, form()),
        seen=cells.time_cell(row.last_seen_at, form()),
        here=row.id == current,
    )


def _staff() -> security.Staff:
    return security.current_staff() or abort(401)


def _at_fault(typed: Form, error: InvalidInputError) -> Form:
    """The form with the sentence at the field that it is about."""
    field: Any = typed[error.field or next(iter(typed)).name]
    field.errors = [*field.errors, error.message]
    return typed
