"""Mail by SMTP, with the standard library."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email import policy, utils
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from backoffice.config import Config, ConfigError
from backoffice.gateways.mail import Accepted, Letter, Outcome, Refused, TryLater

#: Seconds for which one answer of the server is waited for, and answers in the longest conversation.
_PATIENCE: Final = 10.0
_ANSWERS: Final = 12
_PORTS: Final = {"smtp": 587, "smtps": 465}
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
#: What the standard library raises for what is no address, some of it by stumbling.
_NO_ADDRESS: Final = (ValueError, HeaderParseError, AttributeError)
#: What is kept of a server's own words.
_LONGEST_REASON: Final = 300


class SmtpMailer:
    """A mail server, with a connection a letter.

    `smtps://` is TLS from the first byte. `smtp://` begins with STARTTLS and refuses a server that has none, but for
    one on this machine: neither passwords nor letters cross a network in the open.
    """

    def __init__(self, url: str, sender: str, *, patience: float = _PATIENCE) -> None:
        """`url` and `sender` are settings that `Config` has checked; `patience` is in seconds."""
        parts = urlsplit(url)
        self._implicit_tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender, self._patience = sender, patience
        self._envelope = utils.parseaddr(sender)[1]

    @property
    def worst_case_seconds(self) -> float:
        """Every answer of the conversation as late as it may be."""
        return _ANSWERS * self._patience

    def send(self, letter: Letter) -> Outcome:
        """Hand one letter over."""
        try:
            message = compose(letter, self._sender)
        except _NO_ADDRESS:
            return Refused("It is not an address that mail can be sent to.")
        try:
            smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            # Whatever it says by now is about the connection and not about the letter.
            return TryLater(_reason(error, letter))
        try:
            return self._hand_over(smtp, message, letter)
        finally:
            # It has answered for the letter already: how it says goodbye changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _hand_over(self, smtp: smtplib.SMTP, message: EmailMessage, letter: Letter) -> Outcome:
        try:
            smtp.send_message(message, self._envelope, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            return _answered(*error.recipients[letter.to], letter)
        except smtplib.SMTPResponseException as error:
            return _answered(error.smtp_code, error.smtp_error, letter)
        except smtplib.SMTPNotSupportedError:
            return Refused("The mail server does not take addresses with such letters.")
        except (smtplib.SMTPException, OSError) as error:
            return TryLater(_reason(error, letter))
        return Accepted()

    def _connect(self) -> smtplib.SMTP:
        """A connection that is private and signed in, where that is asked for."""
        name, context = self._envelope.rpartition("@")[2], ssl.create_default_context()
        if self._implicit_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, local_hostname=name, timeout=self._patience, context=context
            )
        else:
            smtp = smtplib.SMTP(self._host, self._port, local_hostname=name, timeout=self._patience)
        try:
            smtp.ehlo_or_helo_if_needed()
            if not self._implicit_tls and (smtp.has_extn("starttls") or self._host not in _LOOPBACK):
                smtp.starttls(context=context)
                smtp.ehlo()
            if self._user:
                smtp.login(self._user, self._password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The letter as RFC 5322 has it, the same each time. Raises `_NO_ADDRESS`."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.to)
    # A subject is one line: what would begin another header becomes a blank.
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = letter.date
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def make_mailer(config: Config) -> SmtpMailer:
    """The mailer of the settings. Raises `ConfigError` without them."""
    if config.mail_url is None or config.mail_from is None:
        raise ConfigError(["MAIL_URL is not set"])
    return SmtpMailer(config.mail_url, config.mail_from)


def _answered(code: int, text: bytes | str, letter: Letter) -> Outcome:
    said = _without_address(f"{code} {text.decode('ascii', 'replace') if isinstance(text, bytes) else text}", letter)
    return Refused(said) if 500 <= code < 600 else TryLater(said)


def _reason(error: Exception, letter: Letter) -> str:
    return _without_address(f"{type(error).__name__}: {error}", letter)


def _without_address(said: str, letter: Letter) -> str:
    """In one line, and without personal data: a reason is kept for longer than a person may be."""
    return " ".join(said.replace(letter.to, "the address").split())[:_LONGEST_REASON]
