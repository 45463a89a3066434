"""Rules, form tokens, hosts, headers, proxies, keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from backoffice.config import Config
from backoffice.factory import assets
from backoffice.factory.application import Application
from backoffice.permissions import Permission, Role
from backoffice.security import rules
from models import User
from tests.factories.users import make_user
from tests.security.support import Browser

Make = Callable[[Config], Application]


@pytest.fixture
def admin(store: Session) -> User:
    user = make_user(store, Role.ADMIN)
    store.commit()
    return user


class TestRules:
    """I1: deny by default."""

    def test_a_page_without_a_rule_is_refused(self, browser: Browser, admin: User) -> None:
        assert browser.get("/probe/unruled").status_code == 302
        browser.sign_in(admin)
        assert browser.get("/probe/unruled").status_code == 403

    def test_the_wrong_role_is_refused(self, browser: Browser, admin: User) -> None:
        browser.sign_in(admin)
        answer = browser.get("/probe/money")
        assert answer.status_code == 403
        assert "Your role does not open this page." in answer.text

    def test_a_visitor_who_reads_json_is_not_redirected(self, browser: Browser) -> None:
        answer = browser.get("/probe/money", headers={"Accept": "application/json"})
        assert answer.status_code == 401
        assert answer.json["error"]["code"] == "sign_in_required"

    def test_head_follows_get(self, browser: Browser) -> None:
        assert browser.client.head("/probe/money").status_code == 302
        assert browser.client.head("/probe/open").status_code == 200

    @pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "FOO"])
    def test_other_methods_do_nothing(self, browser: Browser, admin: User, method: str) -> None:
        """c73."""
        browser.sign_in(admin)
        for path in ("/probe/open", "/probe/category/a/yes", "/sign-in", f"{assets.path()}/css/plain.css"):
            headers = {"X-CSRFToken": browser.token, "X-HTTP-Method-Override": "POST"}
            answer = browser.client.open(path, method=method, base_url=browser.base_url, headers=headers)
            assert answer.status_code == 405

    def test_two_meanings_for_one_route_are_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "RULES", {})
        rules.allow("get", "a.b", Permission.PLANS_WRITE)
        rules.allow("GET", "a.b", Permission.PLANS_WRITE)
        with pytest.raises(RuntimeError, match="two rules"):
            rules.allow("GET", "a.b", rules.PUBLIC)


class TestForms:
    """c25, c26, c76: every POST needs the token of its own session."""

    @pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/probe/category/a/yes"])
    def test_without_a_token(self, browser: Browser, admin: User, path: str) -> None:
        browser.sign_in(admin)
        answer = browser.client.post(path, base_url=browser.base_url)
        assert answer.status_code == 400
        assert "too old or comes from elsewhere" in answer.text
        assert browser.get("/probe/crash").status_code == 500, "still signed in"

    def test_with_the_token_of_another_session(self, browser: Browser, app: Application, admin: User) -> None:
        stranger = Browser(app.test_client()).token
        browser.sign_in(admin)
        data = {"csrf_token": stranger}
        assert browser.client.post("/sign-out", data=data, base_url=browser.base_url).status_code == 400

    def test_without_a_session(self, browser: Browser) -> None:
        """A part of a page whose session ended is told to sign in, not that its form is too old."""
        answer = browser.client.post("/sign-out", base_url=browser.base_url)
        assert answer.status_code == 401
        assert "Sign in first." in answer.text

    def test_a_page_of_an_older_session_is_given_the_new_token(self, browser: Browser, admin: User) -> None:
        """What was typed before somebody signed in again is sent once more; pages of other sites cannot read it."""
        browser.sign_in(admin)
        assert "X-Form-Token" not in browser.client.post("/sign-out", base_url=browser.base_url).headers
        part = {"HX-Request": "true"}
        refused = browser.client.post("/sign-out", headers=part, base_url=browser.base_url)
        assert refused.status_code == 400
        headers = part | {"X-CSRFToken": refused.headers["X-Form-Token"]}
        again = browser.client.post("/sign-out", headers=headers, base_url=browser.base_url)
        assert again.status_code < 400

    def test_as_plain_text(self, browser: Browser, admin: User) -> None:
        browser.sign_in(admin)
        body, kind = f'{{"csrf_token": "{browser.token}"}}', "text/plain"
        answer = browser.client.post("/sign-out", data=body, content_type=kind, base_url=browser.base_url)
        assert answer.status_code == 400


class TestHosts:
    """I9, c29."""

    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "a@b", ""])
    def test_a_foreign_name_is_refused(self, browser: Browser, host: str) -> None:
        assert browser.client.get("/sign-in", headers={"Host": host}).status_code == 400

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "office.example.test"])
    def test_our_names_are_known(self, make_app: Make, secure: Config, host: str) -> None:
        assert make_app(secure).test_client().get("/sign-in", headers={"Host": host}).status_code == 200


class TestHeaders:
    """I6, I11, U4."""

    def test_every_answer_has_them(self, browser: Browser) -> None:
        for path in ("/sign-in", "/probe/money", "/nope", "/healthz", "/probe/open"):
            headers = browser.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cache-Control"] == "no-store"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "Strict-Transport-Security" not in headers

    def test_scripts_need_a_new_nonce_each_time(self, browser: Browser) -> None:
        policies = [browser.get("/sign-in").headers["Content-Security-Policy"] for _ in range(2)]
        scripts = [re.search(r"script-src ([^;]+)", policy)[1] for policy in policies]
        assert scripts[0] != scripts[1]
        assert all("unsafe" not in one for one in scripts)

    def test_static_files_may_be_kept(self, browser: Browser) -> None:
        """An address changes with the content, so it is kept for good; what is not there is not kept at all."""
        with browser.get(f"{assets.path()}/css/plain.css") as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        with browser.get(f"{assets.path()}/css/none.css") as answer:
            assert answer.headers["Cache-Control"] == "no-store"

    def test_cookies_on_loopback(self, browser: Browser) -> None:
        cookie = browser.get("/sign-in").headers["Set-Cookie"]
        assert cookie.startswith("session=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Secure" not in cookie

    def test_cookies_and_transport_on_https(self, make_app: Make, secure: Config) -> None:
        client = make_app(secure).test_client()
        headers = client.get("/sign-in", base_url="https://office.example.test").headers
        assert headers["Set-Cookie"].startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(headers["Set-Cookie"].split("; "))
        assert "Domain" not in headers["Set-Cookie"]
        assert int(headers["Strict-Transport-Security"].removeprefix("max-age=")) >= 31_536_000

    def test_nothing_remembers_a_person_longer(self, browser: Browser, admin: User) -> None:
        answer = browser.sign_in(admin)
        assert all(not cookie.startswith("remember") for cookie in answer.headers.getlist("Set-Cookie"))

    def test_request_ids(self, browser: Browser) -> None:
        assert browser.get("/sign-in", headers={"X-Request-Id": "abc-123.def"}).headers["X-Request-Id"] == "abc-123.def"
        for bad in ("x", "a b c d e f g h", "<script>alert(1)</script>", "y" * 65):
            assert re.fullmatch(
                r"[0-9a-f]{32}", browser.get("/sign-in", headers={"X-Request-Id": bad}).headers["X-Request-Id"]
            )


def test_only_the_trusted_hops_name_the_address(make_app: Make, config: Config) -> None:
    """c74."""
    client = make_app(replace(config, trusted_proxies=1)).test_client()
    answer = client.get("/probe/open", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert answer.text == "198.51.100.7"


def test_a_new_key_leaves_people_signed_in(make_app: Make, config: Config, admin: User) -> None:
    """U9: the former key still opens what it signed; afterwards it opens nothing."""
    browser = Browser(make_app(config).test_client())
    browser.sign_in(admin)
    cookie = browser.client.get_cookie("session", domain="127.0.0.1").value
    rotated = replace(config, secret_key="b" * 40, secret_key_fallbacks=(config.secret_key,))
    for settings, expected in ((rotated, "/admin/"), (replace(rotated, secret_key_fallbacks=()), "/sign-in")):
        later = Browser(make_app(settings).test_client())
        later.client.set_cookie("session", cookie, domain="127.0.0.1")
        assert later.get("/").location == expected


def test_large_and_crowded_bodies_are_refused(browser: Browser, admin: User) -> None:
    """I9, c79."""
    browser.sign_in(admin)
    token = browser.token
    many = {f"rowid{number}": "x" for number in range(1100)} | {"csrf_token": token}
    assert browser.client.post(
        "/sign-out", data=many, content_type="multipart/form-data", base_url=browser.base_url
    ).status_code == 413  # fmt: skip
    large = {"rowid": ["x" * 100] * 30_000, "csrf_token": token}
    assert browser.client.post("/sign-out", data=large, base_url=browser.base_url).status_code == 413
