"""The sign-in page, signing out, and the way to one's own panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, flash, make_response, redirect, render_template, request, url_for
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from backoffice import security
from backoffice.database import db
from backoffice.security import redirects, requests, rules, sessions
from backoffice.security.staff import visitor
from backoffice.services import passwords, user_sessions
from backoffice.services import sign_in as service

pages = Blueprint("sign_in", __name__)
_protect = CSRFProtect()


class SignInForm(FlaskForm):
    """E-mail, password, and where to go afterwards."""

    email = StringField("E-mail", validators=[InputRequired("Type your e-mail address."), Length(max=254)])
    password = PasswordField(
        "Password", validators=[InputRequired("Type your password."), Length(max=passwords.MAX_LENGTH)]
    )
    next = HiddenField()


def protect_forms(app: Flask) -> None:
    """Refuse every POST without the form's token, in the whole application (c25, c76)."""
    _protect.init_app(app)


def without_token(view: Callable[..., Any]) -> None:
    """Let programs that prove themselves otherwise post to `view`."""
    _protect.exempt(view)


def register(app: Flask) -> None:
    """Add the pages and their rules."""
    for method, name, rule in (
        ("GET", "home", rules.SIGNED_IN),
        ("GET", "page", rules.PUBLIC),
        ("POST", "submit", rules.PUBLIC),
        ("POST", "leave", rules.SIGNED_IN),
    ):
        rules.allow(method, f"sign_in.{name}", rule)
    app.register_blueprint(pages)


@pages.get("/")
def home() -> Response:
    """The panel of one's role."""
    return redirect(f"/{security.current().role}/")


@pages.get("/sign-in")
def page() -> str | Response:
    """The form; whoever is signed in goes on."""
    target = redirects.local_path(request.args.get("next"))
    if security.current_staff() is not None:
        return redirect(target or url_for("sign_in.home"))
    return _form_page(SignInForm(formdata=None, next=target or ""))


@pages.post("/sign-in")
def submit() -> Response:
    """Check the password. What was typed as e-mail stays in the form; a failed try is counted although it failed."""
    form = SignInForm()
    if not form.validate():
        return make_response(_form_page(form), 422)
    outcome = service.sign_in(
        db.session(), email=_typed(form.email.data), password=form.password.data, acting=visitor()
    )
    if outcome.token is None:
        requests.commit_refusal()
        response = make_response(_form_page(form, outcome.message), 429 if outcome.wait else 422)
        if outcome.wait:
            response.headers["Retry-After"] = str(outcome.wait)
        return response
    old = security.current_staff()
    if old is not None:
        user_sessions.end(db.session(), old.token, reason="signed in again", acting=security.current())
    sessions.admit(outcome.token)
    return redirect(redirects.local_path(form.next.data) or url_for("sign_in.home"))


@pages.post("/sign-out")
def leave() -> Response:
    """End the session for every copy of the cookie."""
    staff = security.current_staff()
    if staff is not None:
        service.sign_out(db.session(), staff.token, acting=security.current())
    sessions.forget()
    flash("You are signed out.", "info")
    return redirect(url_for("sign_in.page"))


def _form_page(form: SignInForm, refusal: str = "") -> str:
    return render_template("security/sign_in.html", form=form, refusal=refusal)


def _typed(text: str) -> str:
    """What was typed, without NUL, which PostgreSQL cannot store."""
    return text.replace("\x00", "")
