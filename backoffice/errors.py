"""Refusals a person understands, and the one kind of failure that is worth another try.

`DomainError`: expected; has an HTTP status, a machine-readable code and a sentence. `TransientError`: the same
request may succeed in a moment. Anything else is a crash: logged with its request id, shown as a generic page.
"""

from __future__ import annotations


class DomainError(Exception):
    """A refusal: the rule said no, and nothing was changed."""

    status = 409
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.status = status or type(self).status


class NotFoundError(DomainError):
    """No such row, or none that this person may see: the two look alike (ACC-1)."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is no such record.") -> None:
        super().__init__(message)


class ForbiddenError(DomainError):
    """The person may not do this."""

    status = 403
    code = "forbidden"


class PageRefusedError(ForbiddenError):
    """The person's role does not open the page; the audit log keeps it (A4)."""

    def __init__(self, message: str = "Your role does not open this page.") -> None:
        super().__init__(message)


class InvalidInputError(DomainError):
    """What was typed cannot be used; `field` names the input at fault."""

    status = 422
    code = "invalid"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


class IllegalTransitionError(DomainError):
    """The status machine (B12) has no such step, or not for this actor."""

    code = "illegal_transition"


class StaleVersionError(DomainError):
    """Somebody changed the row since it was read (I8, MOD-1)."""

    code = "stale"

    def __init__(self, message: str = "Someone else changed this record since you opened it.") -> None:
        super().__init__(message)


class SecondPersonError(ForbiddenError):
    """Maker and checker must be two people (WHO-1, REF-5, PAY-5)."""

    code = "second_person"


class TransientError(Exception):
    """A lock time-out, a serialization failure, a server that is restarting: try again."""
