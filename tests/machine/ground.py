"""The ground of the machine: three vendors, committed rows, the real gateway, and a sandbox that misbehaves."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError
from models import TransferReversal
from models.transfer_reversal import ReversalStatus
from tests.factories import acting_for, make_user, make_vendor
from tests.factories.money import clerk_of
from tests.support.cleaning import Cleaner
from tests.webhooks.support import Inbox

Result = TypeVar("Result")
CURRENCIES = ("USD", "JPY", "KWD")
#: What Stripe's funds come to before anything happens, in its own integers.
FUNDS = 10**9
SCHEDULER, STRIPE = Acting.system("scheduler"), Acting.system("stripe")
#: Where a worker may die: after the intention is committed, and after Stripe answered.
CRASHES = ("", "", "", "begin", "call")


@dataclass
class Ground:
    """Several vendors and what was ordered of them."""

    inbox: Inbox
    cleaner: Cleaner
    vendors: list[uuid.UUID] = field(default_factory=list)
    orders: list[uuid.UUID] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    admin: Acting = SCHEDULER
    clerk: Acting = SCHEDULER

    def begin(self) -> None:
        """A new life: an empty sandbox and three vendors."""
        self.vendors, self.orders = [], []
        sandbox = self.inbox.sandbox
        sandbox.clear_faults()
        sandbox.reset()

        def make(session: Session) -> None:
            self.admin, self.clerk = acting_for(make_user(session)), clerk_of(session)
            for _ in range(3):
                vendor = make_vendor(session)
                self.vendors.append(vendor.id)
                sandbox.seed(accounts=[{"id": account(vendor.id)}])

        self.write(make)
        sandbox.seed(balance={currency.lower(): FUNDS for currency in CURRENCIES})

    def write(self, do: Callable[[Session], Result]) -> Result | None:
        """One transaction; a refusal is counted and undone."""
        try:
            with self.inbox.sessions.begin() as session:
                return do(session)
        except DomainError as refused:
            self.count(f"refused: {refused.code}")
            return None

    def count(self, what: str) -> None:
        self.figures[what] += 1

    def ids(self, entity: Any, *statuses: Any) -> list[uuid.UUID]:
        """Ids of refunds or payouts, oldest first."""
        query = sa.select(entity.id).order_by(entity.id)
        with self.inbox.sessions() as session:
            return list(session.scalars(query.where(entity.status.in_(statuses)) if statuses else query))

    def reversing(self) -> list[uuid.UUID]:
        """Payouts of which money is on its way back."""
        running = TransferReversal.status == ReversalStatus.PROCESSING
        with self.inbox.sessions() as session:
            return list(session.scalars(sa.select(TransferReversal.payout_id).where(running)))

    @contextmanager
    def _trouble(self, fault: str) -> Iterator[None]:
        """Stripe answers the next request badly, or takes no transfers to anybody for the time being."""
        sandbox = self.inbox.sandbox
        self.count(f"fault {fault or 'none'}")
        if fault == "closed":
            self._open_accounts(enabled=False)
        elif fault:
            sandbox.fault(fault)
        try:
            yield
        finally:
            sandbox.clear_faults()
            if fault == "closed":
                self._open_accounts(enabled=True)

    def _open_accounts(self, *, enabled: bool) -> None:
        for vendor_id in self.vendors:
            self.inbox.sandbox.happen("accounts", id=account(vendor_id), transfers_enabled=enabled)


def locked(session: Session, entity: Any, row_id: uuid.UUID) -> Any:
    """The row, as an edge reads it before it calls a service."""
    return session.scalars(sa.select(entity).where(entity.id == row_id).with_for_update()).one()


def account(vendor_id: uuid.UUID) -> str:
    """The vendor's account at Stripe."""
    return f"acct_{vendor_id.hex[-16:]}"
