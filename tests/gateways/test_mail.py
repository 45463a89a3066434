"""Letters over real SMTP: what arrives, and what each answer of a server means."""

from __future__ import annotations

import datetime as dt
import socket
import ssl

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from backoffice.config import Config, ConfigError
from backoffice.gateways.mail import Accepted, Letter, Refused, TryLater
from backoffice.gateways.smtp import SmtpMailer, compose, make_mailer
from backoffice.jobs import limits
from backoffice.sandbox.mail.server import Mailbox
from tests.support.mailbox import running_mailbox

_SENDER = "Market <office@market.example>"
_WHEN = dt.datetime(2026, 11, 23, 8, 30, tzinfo=dt.UTC)


def letter(**values):
    plain = {
        "to": "ann@shop.example", "subject": "A payout failed", "text": "50.00 USD: no account.\n",
        "html": "<p>50.00 USD: no account.</p>", "message_id": "0190-aa@market.example", "date": _WHEN,
    }  # fmt: skip
    return Letter(**(plain | values))


def mailer(url, **options):
    return SmtpMailer(url, _SENDER, patience=2.0, **options)


@pytest.fixture
def there(tmp_path):
    with running_mailbox(tmp_path / "mail") as running:
        yield running


@pytest.fixture(scope="module")
def authority():
    """Vouches for the servers of these tests."""
    return trustme.CA()


@pytest.fixture
def context(authority):
    """The TLS of a server on this machine."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(made)
    return made


@pytest.fixture
def trusted(authority, monkeypatch, tmp_path):
    """Our side believes the authority."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


def test_what_arrives(there):
    assert mailer(there.url).send(letter(unsubscribe="https://market.example/vendor/profile/")) == Accepted()
    [mail] = there.mails()
    assert mail["From"] == _SENDER
    assert mail["To"] == "ann@shop.example"
    assert mail["Subject"] == "A payout failed"
    assert mail["Message-ID"] == "<0190-aa@market.example>"
    assert mail["Date"].datetime == _WHEN
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == "<https://market.example/vendor/profile/>"
    assert mail.get_body(("plain",)).get_content().split() == ["50.00", "USD:", "no", "account."]
    assert mail.get_body(("html",)).get_content().strip() == "<p>50.00 USD: no account.</p>"
    assert [part.get_filename() for part in mail.iter_attachments()] == []


def test_sent_twice_it_can_be_recognised(there):
    for _ in range(2):
        mailer(there.url).send(letter())
    first, second = there.mails()
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["Date"], first["List-Unsubscribe"]) == (second["Date"], None)


def test_the_sandbox_keeps_the_newest(tmp_path):
    """Its folder does not grow for ever, and what it never wrote stays there."""
    other = tmp_path / "notes.txt"
    other.write_text("mine", encoding="ascii")
    with running_mailbox(tmp_path, Mailbox(tmp_path, kept=3)) as there:
        for number in range(5):
            assert mailer(there.url).send(letter(subject=f"No. {number}")) == Accepted()
        assert [mail["Subject"] for mail in there.mails()] == ["No. 2", "No. 3", "No. 4"]
    # A server that comes back goes on with what it finds.
    with running_mailbox(tmp_path, Mailbox(tmp_path, kept=2)) as there:
        assert mailer(there.url).send(letter(subject="No. 5")) == Accepted()
        assert [mail["Subject"] for mail in there.mails()] == ["No. 4", "No. 5"]
    assert other.exists()


def test_a_subject_is_one_line(there):
    """Row 34: what would begin another header, or the body, stays in the subject."""
    subject = "Ann\r\nBcc: eve@evil.example\n\n<b>{{7*7}}</b>\u2028\x0bend"
    assert mailer(there.url).send(letter(subject=subject)) == Accepted()
    [mail] = there.mails()
    assert mail["Subject"] == "Ann Bcc: eve@evil.example <b>{{7*7}}</b> end"
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "to", ["a,b@x.example", "a@x.example>", "a <b@x.example", "_@).x", "_@[.=:?", "a@x.example\nRCPT TO:<b@x.example>"]
)
def test_what_is_no_address_is_refused(there, to):
    assert isinstance(mailer(there.url).send(letter(to=to)), Refused)
    assert there.mails() == []


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        ("451 4.3.0 Busy", TryLater("451 4.3.0 Busy")),
        ("421 4.3.0 Closing", TryLater("421 4.3.0 Closing")),
        ("554 5.7.1 Spam", Refused("554 5.7.1 Spam")),
        ("550 5.1.1 <ann@shop.example> unknown", Refused("550 5.1.1 <the address> unknown")),
    ],
)
def test_what_the_server_says(there, trouble, answer):
    """4xx is for now, 5xx for good; the person's address is not kept with the reason."""
    there.box.troubles.append(trouble)
    assert mailer(there.url).send(letter()) == answer
    assert there.mails() == []
    assert mailer(there.url).send(letter()) == Accepted()


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert isinstance(mailer(f"smtp://127.0.0.1:{port}").send(letter()), TryLater)


def test_a_server_that_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        answer = SmtpMailer(f"smtp://127.0.0.1:{port}", _SENDER, patience=0.2).send(letter())
    assert isinstance(answer, TryLater)
    assert "timed out" in answer.reason


def test_a_server_that_goes_away(tmp_path):
    """It may have the letter or not: the same one is sent again."""

    class Dropping(Mailbox):
        async def handle_DATA(self, server, *_):  # noqa: N802 - aiosmtpd's name
            server.transport.abort()
            return "250 Taken"

    with running_mailbox(tmp_path / "mail", Dropping(tmp_path)) as there:
        assert isinstance(mailer(there.url).send(letter()), TryLater)


def test_letters_that_the_server_does_not_take(tmp_path):
    with running_mailbox(tmp_path / "mail", enable_SMTPUTF8=False) as there:
        assert isinstance(mailer(there.url).send(letter(to="ann@bücher.example")), Refused)
        assert there.mails() == []


def test_nothing_crosses_a_network_in_the_open(there):
    """127.1 is this machine too, but not by a name that says so."""
    answer = mailer(f"smtp://127.1:{there.port}").send(letter())
    assert isinstance(answer, TryLater)
    assert "STARTTLS" in answer.reason
    assert there.mails() == []


@pytest.mark.usefixtures("trusted")
def test_starttls_and_signing_in(tmp_path, context):
    def authenticator(server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (b"me@x", b"p:w/1")
        return AuthResult(success=right, handled=False)

    options = {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": authenticator,
        "auth_required": True,
    }
    with running_mailbox(tmp_path / "mail", **options) as there:
        assert mailer(f"smtp://me%40x:p%3Aw%2F1@localhost:{there.port}").send(letter()) == Accepted()
        wrong = mailer(f"smtp://me%40x:wrong@127.0.0.1:{there.port}").send(letter())
        # It is about us and not about the letter, which waits until the setting is right.
        assert isinstance(wrong, TryLater)
        assert "wrong" not in wrong.reason
        assert len(there.mails()) == 1


def test_a_certificate_that_nobody_vouches_for(tmp_path, context):
    with running_mailbox(tmp_path / "mail", tls_context=context) as there:
        answer = mailer(there.url).send(letter())
    assert isinstance(answer, TryLater)
    assert "CERTIFICATE_VERIFY_FAILED" in answer.reason


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_first_byte(tmp_path, context):
    with running_mailbox(tmp_path / "mail", ssl_context=context) as there:
        assert mailer(f"smtps://127.0.0.1:{there.port}").send(letter()) == Accepted()
        assert len(there.mails()) == 1


def test_html_is_a_second_way_to_read_it():
    assert [part.get_content_type() for part in compose(letter(), _SENDER).iter_parts()] == ["text/plain", "text/html"]


def test_the_settings_make_it():
    settings = {"DATABASE_URL": "postgresql://x", "MAIL_URL": "smtp://mail.example", "MAIL_FROM": _SENDER}
    made = make_mailer(Config.from_environment(settings))
    assert limits.fits(made.worst_case_seconds)
    with pytest.raises(ConfigError, match="MAIL_URL"):
        make_mailer(Config.from_environment({"DATABASE_URL": "postgresql://x"}))
