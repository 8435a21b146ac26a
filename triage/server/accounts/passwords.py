"""Passwords: only their Argon2id hash is kept."""

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from triage.errors import UsageError

SHORTEST: Final = 10


def hash_password(password: str) -> str:
    """What is stored of a password.

    Raises:
        UsageError: It is too short.
    """
    if len(password) < SHORTEST:
        raise UsageError(f"a password has at least {SHORTEST} characters: take a longer one")
    return _hasher().hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether a password is the one; takes as long where there is none to compare with."""
    try:
        return _hasher().verify(stored or _nobodys(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody has this password")
