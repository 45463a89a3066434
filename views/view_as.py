"""Viewing as somebody (ACC-4): the form on a user's page, and the way back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_admin.base import expose
from werkzeug.wrappers import Response
from wtforms import Form, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from backoffice import security
from backoffice.database import db
from backoffice.errors import InvalidInputError
from backoffice.permissions import Permission, Role, allows
from backoffice.security import rules, viewing
from backoffice.services import impersonations, scope
from models import User
from views.base import EntityView
from views.current import acting, session
from views.ids import wanted_id
from views.records import reading

pages = Blueprint("view_as", __name__)
_SHOWN = ("email", "first_name", "last_name")


def register(app: Flask) -> None:
    """Add the way back, which is open while everything else is read-only."""
    rules.allow("POST", "view_as.stop", rules.SIGNED_IN)
    app.register_blueprint(pages)


@pages.post("/view-as/stop")
def stop() -> Response:
    """Be oneself again, at the page of the person as whom one viewed."""
    staff = security.current_staff()
    viewing.stopped()
    user_id = impersonations.stop(db.session(), staff.session_id, acting=security.current()) if staff else None
    if user_id is None:
        flash("You are not viewing as anybody.", "info")
        return redirect(url_for("sign_in.home"))
    flash("You are yourself again.", "success")
    return redirect(url_for(f"{Role.ADMIN.value}_users.details_view", id=user_id))


class ViewAsForm(Form):
    """Why, and for how long."""

    reason = TextAreaField(
        "Reason",
        validators=[InputRequired("Say why; it is kept in the audit log."), Length(max=impersonations.MAX_REASON)],
    )
    minutes = RadioField(
        "For how long",
        choices=[SelectChoice(minutes, f"{minutes} minutes") for minutes in impersonations.MINUTES],
        default=impersonations.MINUTES[0],
        coerce=int,
    )


class UserView(EntityView):
    """The users' pages, and the form that begins to view as one of them."""

    extra_routes = {"view_as": Permission.USERS_VIEW_AS}  # noqa: RUF012 - never changed

    def routes(self) -> dict[str, tuple[bool, Permission]]:
        """The form is in the panels of those who may use it."""
        able = allows(self.panel.role, Permission.USERS_VIEW_AS)
        return {**super().routes(), "view_as": (able, Permission.USERS_VIEW_AS)}

    def downloads(self, row_id: Any) -> list[tuple[str, str]]:
        """The way to the form, from the page of somebody who can be viewed as."""
        user = session().get(User, row_id)
        if user is None or impersonations.refusal(user, acting()) is not None:
            return []
        return [("View as …", self.get_url(".view_as", id=row_id))]

    @expose("/view_as/", methods=("GET", "POST"))
    def view_as(self) -> str | Response | tuple[str, int]:
        """Ask why and for how long; then the session shows that person's panel."""
        row_id, who = wanted_id(), acting()
        user = scope.get_visible(session(), User, row_id, who)
        refusal = impersonations.refusal(user, who)
        form = ViewAsForm(request.form)
        if request.method == "GET":
            reading.note(session(), User, row_id, _SHOWN, who)
            return self._view_as_page(user, form, refusal)
        if refusal is not None or not form.validate():
            return self._view_as_page(user, form, refusal), 422
        try:
            begun = impersonations.start(
                session(),
                user_id=row_id,
                session_id=security.current_staff().session_id,
                minutes=form.minutes.data,
                reason=form.reason.data,
                acting=who,
            )
        except InvalidInputError as error:
            form[error.field].errors = [error.message]
            return self._view_as_page(user, form, None), 422
        viewing.begun(begun.id)
        return redirect(url_for(f"{user.role.value}.index"))

    def _view_as_page(self, user: User, form: Form, refusal: str | None) -> str:
        return self.render("users/view_as.html", user=user, form=form, refusal=refusal)
