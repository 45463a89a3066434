"""Is the book whole? Everything is summed anew by PostgreSQL, and nothing is changed (LED-1, LED-3, LED-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

#: What must be true; each statement counts what is wrong.
CHECKS: Final[Mapping[str, str]] = {
    "journals that do not sum to zero, have fewer than two lines, or lines in another currency (LED-1)": """
        SELECT count(*) FROM (
            SELECT j.id FROM journals AS j LEFT JOIN journal_lines AS l ON l.journal_id = j.id
            GROUP BY j.id, j.currency
            HAVING count(l.id) < 2 OR sum(l.amount) <> 0 OR bool_or(l.currency <> j.currency)
        ) AS wrong""",
    "reversals that do not mirror their original (LED-2)": """
        SELECT count(*) FROM journals AS back JOIN journals AS original ON original.id = back.reverses_id
        WHERE original.reverses_id IS NOT NULL OR EXISTS (
            SELECT FROM (SELECT account_id, amount FROM journal_lines WHERE journal_id = original.id) AS one
            FULL JOIN (SELECT account_id, amount FROM journal_lines WHERE journal_id = back.id) AS other
                USING (account_id)
            WHERE one.amount IS DISTINCT FROM -other.amount)""",
    "balances that are not the sum of their lines (LED-4)": """
        SELECT count(*) FROM (
            SELECT account_id, sum(balance) AS balance, sum(lines) AS lines FROM account_balances GROUP BY account_id
        ) AS kept FULL JOIN (
            SELECT account_id, sum(amount) AS balance, count(*) AS lines FROM journal_lines GROUP BY account_id
        ) AS sums USING (account_id)
        WHERE (kept.balance, kept.lines) IS DISTINCT FROM (sums.balance, sums.lines)""",
    "captured payments without their journal (E1)": """
        SELECT (SELECT count(*) FROM payments AS p WHERE captured_amount > 0 AND order_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM journals WHERE source_id = p.id AND event = 'payment_captured'))
            + (SELECT count(*) FROM payment_allocations AS p WHERE captured_amount > 0 AND NOT EXISTS (
                SELECT FROM journals WHERE source_id = p.id AND event = 'payment_captured'))""",
    "refunds that were paid without their journal, or not paid with one (E7, E8)": """
        SELECT count(*) FROM refunds AS r WHERE (status = 'succeeded') <> EXISTS (
            SELECT FROM journals AS j WHERE source_id = r.id AND event = 'refund_succeeded'
                AND NOT EXISTS (SELECT FROM journals AS back WHERE back.reverses_id = j.id))""",
    "payouts that hold money without their journal, or none with one (E4, E6)": """
        SELECT count(*) FROM payouts AS p WHERE (status IN ('pending', 'processing', 'completed')) <> EXISTS (
            SELECT FROM journals AS j WHERE source_id = p.id AND event = 'payout_assembled'
                AND NOT EXISTS (SELECT FROM journals AS back WHERE back.reverses_id = j.id))""",
    "transfers without their journal, or journals without their transfer (E5, E6)": """
        SELECT count(*) FROM payouts AS p LEFT JOIN (
            SELECT coalesce(r.payout_id, j.source_id) AS payout_id, sum(l.amount) AS amount
            FROM journals AS j JOIN journal_lines AS l ON l.journal_id = j.id
            JOIN ledger_accounts AS a ON a.id = l.account_id AND a.kind = 'payout_in_transit'
            LEFT JOIN transfer_reversals AS r ON r.id = j.source_id
            WHERE j.event IN ('transfer_executed', 'transfer_returned') GROUP BY 1
        ) AS sent ON sent.payout_id = p.id
        WHERE (stripe_transfer_id IS NOT NULL) <> (coalesce(sent.amount, 0) > 0) OR sent.amount < 0""",
    "payouts settled by hand without their journal, or journals without their settlement (PAY-13)": """
        SELECT count(*) FROM payouts AS p
        WHERE (status = 'completed' AND payout_method = 'by_hand') <> EXISTS (
            SELECT FROM journals AS j WHERE source_id = p.id AND event = 'payout_settled'
                AND NOT EXISTS (SELECT FROM journals AS back WHERE back.reverses_id = j.id))""",
    "chargebacks whose journals are not what their status says (E9, E10)": """
        SELECT count(*) FROM chargebacks AS c LEFT JOIN LATERAL (
            SELECT array_agg(event ORDER BY event) AS events FROM journals AS j
            WHERE source_id = c.id AND event IN ('chargeback_opened', 'chargeback_lost', 'chargeback_won')
                AND NOT EXISTS (SELECT FROM journals AS back WHERE back.reverses_id = j.id)
        ) AS standing ON true
        WHERE coalesce(standing.events::text[], '{}') <> CASE
            WHEN status LIKE 'warning%' THEN '{}'::text[]
            WHEN status = 'lost' THEN '{chargeback_lost,chargeback_opened}'
            WHEN status = 'won' THEN '{chargeback_opened,chargeback_won}'
            ELSE '{chargeback_opened}' END""",
    "entries of payouts that are not those of the ledger (REC-4, PAY-4)": """
        SELECT count(*) FROM (
            SELECT l.journal_id, a.vendor_id, -l.amount AS amount FROM journal_lines AS l
            JOIN ledger_accounts AS a ON a.id = l.account_id AND a.kind = 'vendor_available'
            JOIN journals AS j ON j.id = l.journal_id AND j.event NOT IN ('payout_assembled', 'payout_dissolved')
        ) AS posted FULL JOIN (
            SELECT journal_id, vendor_id, amount FROM payout_items WHERE released_at IS NULL
        ) AS item USING (journal_id)
        WHERE (posted.vendor_id, posted.amount) IS DISTINCT FROM (item.vendor_id, item.amount)""",
    "vendors whose available balance is not what their open and failed entries come to (PAY-3)": """
        SELECT count(*) FROM (
            SELECT a.vendor_id, a.currency, -sum(b.balance) AS amount FROM account_balances AS b
            JOIN ledger_accounts AS a ON a.id = b.account_id AND a.kind = 'vendor_available' GROUP BY 1, 2
        ) AS kept FULL JOIN (
            SELECT i.vendor_id, i.currency, sum(i.amount) AS amount FROM payout_items AS i
            LEFT JOIN payouts AS p ON p.id = i.payout_id
            WHERE i.released_at IS NULL AND (p.id IS NULL OR p.status = 'failed') GROUP BY 1, 2
        ) AS open USING (vendor_id, currency)
        WHERE coalesce(kept.amount, 0) <> coalesce(open.amount, 0)""",
    "order lines that wait for their earning and have it, or have none and do not wait (E3)": """
        SELECT count(*) FROM order_items AS i LEFT JOIN pending_earnings AS p ON p.order_item_id = i.id
        LEFT JOIN journals AS j ON j.source_id = i.id AND j.event = 'earning_available' AND j.occurrence = 1
        WHERE (p.order_item_id IS NULL) = (j.id IS NULL)""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyFigures:
    """One currency of the book: what all debits and all credits come to, and what is at the provider."""

    currency: str
    debits: Decimal
    credits: Decimal
    psp_clearing: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` read, and what is wrong: one sentence a rule with how many break it."""

    journals: int
    lines: int
    currencies: list[CurrencyFigures]
    complaints: list[str]


def verify(session: Session) -> Report:
    """Check the whole book; see `CHECKS`."""
    session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    session.execute(sa.text("SET LOCAL work_mem = '256MB'"))
    complaints = []
    for complaint, statement in CHECKS.items():
        wrong = session.scalar(sa.text(statement))
        if wrong:
            complaints.append(f"{wrong} {complaint}")
    figures = [CurrencyFigures(**row) for row in session.execute(_FIGURES).mappings()]
    complaints += [
        f"{one.currency}: debits are {one.debits}, credits {one.credits} (LED-4)"
        for one in figures
        if one.debits != one.credits
    ]
    journals, lines = session.execute(_COUNTS).one()
    return Report(journals=journals, lines=lines, currencies=figures, complaints=complaints)


_COUNTS: Final = sa.text("SELECT (SELECT count(*) FROM journals), (SELECT count(*) FROM journal_lines)")
_FIGURES: Final = sa.text("""
    SELECT a.currency, coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS debits,
        coalesce(-sum(l.amount) FILTER (WHERE l.amount < 0), 0) AS credits,
        coalesce(sum(l.amount) FILTER (WHERE a.kind = 'psp_clearing'), 0) AS psp_clearing
    FROM journal_lines AS l JOIN ledger_accounts AS a ON a.id = l.account_id GROUP BY a.currency ORDER BY a.currency""")


def fold(session: Session) -> int:
    """Make one part of many in each balance; how many balances were folded."""
    return session.scalar(sa.text("SELECT fold_account_balances()")) or 0


def rebuild(session: Session) -> int:
    """Sum every balance anew from the lines, as the owner of the tables; how many were wrong (LED-5)."""
    return session.scalar(sa.text("SELECT rebuild_account_balances()")) or 0
