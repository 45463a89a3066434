"""An operation in a worker's hands: every transaction of its run renews the lease first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import selection
from backoffice.actions.base import Action, Inputs
from backoffice.actions.planning import STALE, not_now
from backoffice.database import act_as
from backoffice.errors import DomainError, NotFoundError, StaleVersionError
from backoffice.jobs.crash_points import reach
from backoffice.jobs.runtime import Runtime
from backoffice.services import operations_items, operations_lease, scope
from backoffice.services.operations_items import Outcome, Taken


@dataclass(slots=True, kw_only=True)
class Holding:
    """What a run knows of its operation. `acting` is the maker with the rights of now, read anew for each batch."""

    runtime: Runtime
    operation_id: uuid.UUID
    token: uuid.UUID
    action: Action
    inputs: Inputs
    acting: Acting
    lease: dt.timedelta
    cancelling: bool = False
    #: The second person's agreement has been compared with the content once in this run.
    compared: bool = False

    @property
    def stopping(self) -> bool:
        """Whether what has not begun should be left: somebody cancels, or the process is asked to end."""
        return self.cancelling or self.runtime.stopping

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction in the maker's name, under a renewed lease. Raises `LeaseLostError`."""
        with self.runtime.sessions() as session:
            act_as(session, self.acting)
            with session.begin():
                self.cancelling = operations_lease.renew(session, self.operation_id, self.token, self.lease)
                yield session

    def settle(self, outcomes: Mapping[int, Outcome]) -> None:
        """Write outcomes in a transaction of their own."""
        with self.transaction() as session:
            operations_items.settle(session, self.operation_id, outcomes)

    def settle_within(self, session: Session, outcomes: Mapping[int, Outcome]) -> None:
        """Write outcomes together with what they tell of."""
        operations_items.settle(session, self.operation_id, outcomes)
        reach("settled_uncommitted")

    def locked(self, session: Session, item: Taken) -> object:
        """The target, locked and fresh, if the maker may see it.

        Unless the item has begun, its version and status must be what they were. Raises `DomainError`.
        """
        action = self.action
        # What a provider was asked to do is brought to its end, whoever may see it by now.
        visible = sa.true() if item.begun else scope.predicate(action.entity, self.acting)
        statement = (
            sa.select(action.entity)
            .where(visible, sa.inspect(action.entity).primary_key[0] == item.target_id)
            .options(*selection.loading(action))
            .with_for_update(of=action.entity)
            .execution_options(populate_existing=True)
        )
        row = session.scalars(statement).one_or_none()
        if row is None:
            raise NotFoundError("The record does not exist any more.")
        if item.begun:
            return row
        if item.version is not None and getattr(row, action.version_attribute) != item.version:
            raise StaleVersionError(STALE)
        refusal = not_now(action, row)
        if refusal:
            raise DomainError(refusal, code="illegal_transition")
        return row
