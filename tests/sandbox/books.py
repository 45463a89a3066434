"""What an account holds, and that its bookings say the same."""

from __future__ import annotations

from typing import Any

from tests.sandbox.running import RunningSandbox


def options(account: str | None) -> Any:
    return {"stripe_account": account} if account else {}


def funds(sandbox: RunningSandbox, account: str | None = None, currency: str = "usd") -> tuple[int, int]:
    """Available and pending funds."""
    balance = sandbox.client().v1.balance.retrieve(options=options(account))
    return tuple(
        sum(one.amount for one in side if one.currency == currency) for side in (balance.available, balance.pending)
    )


def booked(sandbox: RunningSandbox, account: str | None = None, **params: Any) -> list[tuple[str, int, int]]:
    """Type, amount and fee of every booking, oldest first; the funds are always their sum."""
    listed = sandbox.client().v1.balance_transactions.list({"limit": 100, **params}, options(account)).data[::-1]
    assert all(one.net == one.amount - one.fee for one in listed)
    return [(one.type, one.amount, one.fee) for one in listed]
