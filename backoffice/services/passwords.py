"""Password hashes: argon2id, with the ERD's bcrypt accepted and replaced (U1)."""

from __future__ import annotations

import secrets
from functools import cache

import argon2
import bcrypt

from backoffice.errors import InvalidInputError

MIN_LENGTH = 15
MAX_LENGTH = 200
#: bcrypt never looked at more, so a hash made from a longer password still fits.
_BCRYPT_BYTES = 72
#: 19 MiB, two passes, one lane: the floor of the OWASP sheet.
_hasher = argon2.PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1)


def make(password: str) -> str:
    """The hash to store for `password`. Raises `InvalidInputError` for one that is too short or too long (U1)."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInputError(
            f"A password has between {MIN_LENGTH} and {MAX_LENGTH} characters.",
            field="password",
            code="password_length",
        )
    if len(set(password)) < 5:
        raise InvalidInputError("A password has at least five different characters.", field="password")
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` fits the stored hash.

    Without a stored hash the same work is done on one that nothing fits, so that the answer takes as long (U6).
    """
    if len(password) > MAX_LENGTH:
        password = ""
    if stored is not None and stored.startswith("$2"):
        return _bcrypt_matches(stored, password)
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash should be made again at the next sign-in: bcrypt, or argon2 with other costs."""
    return stored.startswith("$2") or _hasher.check_needs_rehash(stored)


def remake(password: str) -> str:
    """A hash in today's form of a password that was accepted under an older rule."""
    return _hasher.hash(password)


def _bcrypt_matches(stored: str, password: str) -> bool:
    try:
        return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], stored.encode())
    except ValueError:
        return False


@cache
def _nobody() -> str:
    """A hash with today's costs whose password nobody knows."""
    return _hasher.hash(secrets.token_urlsafe(32))
