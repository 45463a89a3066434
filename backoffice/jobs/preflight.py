"""Before the first of many: is there enough for all of them (PAY-7)? Stripe retries no failed transfer by itself."""

from __future__ import annotations

from backoffice.actions.base import External
from backoffice.jobs.crash_points import reach
from backoffice.jobs.holding import Holding
from backoffice.services import operations_items

#: Code of what was refused because the whole batch could not be paid.
CODE = "balance_insufficient"


def fly(holding: Holding) -> None:
    """Refuse everything that has not begun when the preflight of the action says so."""
    run = holding.action.run
    preflight = run.preflight if isinstance(run, External) else None
    if preflight is not None:
        with holding.transaction() as session:
            needs = preflight.needs(session, operations_items.untouched(session, holding.operation_id))
        refusal = preflight.check(holding.runtime.payments, needs) if needs else None
        if refusal:
            with holding.transaction() as session:
                operations_items.refuse_rest(session, holding.operation_id, refusal, code=CODE)
    reach("preflown")
