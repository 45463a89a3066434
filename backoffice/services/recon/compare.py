"""Comparing a day's bookings with the ledger's `psp_clearing`, all in one statement (LED-7, M12).

Compared is by the provider's object, over everything that either side ever said about one that was touched on that day:
so a fee, a return or a late row belongs to what it is about, whatever day it has. The journals of a checkout's orders
are together what the provider booked once; that two of these orders got the same is no duplicate.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models import ReconRun


def compare(session: Session, run: ReconRun) -> Any:
    """Write the day's items; `ours`, `theirs`, `matched`, `explained` and how many of each result there are.

    An open item about the same object is brought up to date instead of made anew; one that was resolved and has not
    changed since stays explained. Nothing else is changed, neither here nor there.
    """
    since = dt.datetime.combine(run.day, dt.time(), dt.UTC)
    parameters = {
        "run": run.id,
        "day": run.day,
        "currency": run.currency,
        "since": since,
        "until": since + dt.timedelta(days=1),
    }
    return session.execute(_COMPARE, parameters).mappings().one()


_COMPARE: Final = sa.text("""
WITH touched AS (
    SELECT provider_id FROM provider_bookings
    WHERE currency = :currency AND booked_at >= :since AND booked_at < :until
    UNION
    SELECT j.provider_id FROM ledger_accounts AS a JOIN journal_lines AS l ON l.account_id = a.id
    JOIN journals AS j ON j.id = l.journal_id
    WHERE a.kind = 'psp_clearing' AND a.currency = :currency AND l.created_at >= :since AND l.created_at < :until
), named AS (
    SELECT j.provider_id, j.id, j.event, l.currency, l.amount,
        CASE WHEN j.source_type IN ('payment_allocations', 'chargebacks') THEN j.source_id END AS part
    FROM touched JOIN journals AS j USING (provider_id)
    JOIN journal_lines AS l ON l.journal_id = j.id
    JOIN ledger_accounts AS a ON a.id = l.account_id AND a.kind = 'psp_clearing'
), nameless AS (
    SELECT j.id::text, j.id, j.event, l.currency, l.amount, NULL::uuid
    FROM ledger_accounts AS a JOIN journal_lines AS l ON l.account_id = a.id
    JOIN journals AS j ON j.id = l.journal_id AND j.provider_id IS NULL
    WHERE a.kind = 'psp_clearing' AND a.currency = :currency AND l.created_at >= :since AND l.created_at < :until
), ours AS (
    SELECT provider_id, currency, sum(amount) AS amount, (array_agg(id ORDER BY id))[1] AS journal_id,
        count(*) > count(DISTINCT (event, amount, part)) AS twice
    FROM (SELECT * FROM named UNION ALL SELECT * FROM nameless)
        AS posted (provider_id, id, event, currency, amount, part)
    GROUP BY provider_id, currency
), theirs AS (
    SELECT provider_id, currency, sum(net) AS amount, min(booking_id) AS booking_id,
        count(*) > count(DISTINCT (type, net)) AS twice
    FROM touched JOIN provider_bookings USING (provider_id) GROUP BY provider_id, currency
), pairs AS (
    SELECT provider_id, ours.currency AS expected_currency, theirs.currency AS found_currency,
        ours.amount AS expected, theirs.amount AS found, journal_id, booking_id,
        coalesce(ours.twice, false) OR coalesce(theirs.twice, false) AS twice,
        coalesce(ours.amount, 0) <> coalesce(theirs.amount, 0) AS differs
    FROM ours FULL JOIN theirs USING (provider_id, currency)
), whole AS (
    SELECT provider_id, bool_or(twice) AS twice,
        (array_agg(expected_currency ORDER BY expected_currency))[1] AS expected_currency,
        (array_agg(expected ORDER BY expected_currency))[1] AS expected,
        (array_agg(journal_id ORDER BY expected_currency))[1] AS journal_id,
        (array_agg(found_currency ORDER BY found_currency))[1] AS found_currency,
        (array_agg(found ORDER BY found_currency))[1] AS found,
        (array_agg(booking_id ORDER BY found_currency))[1] AS booking_id
    FROM pairs WHERE differs GROUP BY provider_id
), judged AS (
    SELECT *, CASE
        WHEN expected IS NULL THEN 'missing_here'
        WHEN found IS NULL THEN 'missing_there'
        WHEN expected_currency <> found_currency THEN 'currency_differs'
        WHEN twice THEN 'duplicate'
        ELSE 'amount_differs' END AS result
    FROM whole
), open AS (
    SELECT * FROM judged AS j WHERE NOT EXISTS (
        SELECT FROM recon_items AS i WHERE i.provider_id = j.provider_id AND i.status = 'resolved'
            AND (i.result, i.expected, i.expected_currency, i.found, i.found_currency)
                IS NOT DISTINCT FROM (j.result, j.expected, j.expected_currency, j.found, j.found_currency))
), written AS (
    INSERT INTO recon_items AS i (run_id, last_run_id, first_day, provider_id, booking_id, journal_id, result,
        expected, expected_currency, found, found_currency)
    SELECT :run, :run, :day, provider_id, booking_id, journal_id, result,
        expected, expected_currency, found, found_currency
    FROM open ORDER BY provider_id
    ON CONFLICT (provider_id) WHERE status = 'open' DO UPDATE SET
        last_run_id = EXCLUDED.last_run_id, booking_id = EXCLUDED.booking_id, journal_id = EXCLUDED.journal_id,
        result = EXCLUDED.result, expected = EXCLUDED.expected, expected_currency = EXCLUDED.expected_currency,
        found = EXCLUDED.found, found_currency = EXCLUDED.found_currency, gone_at = NULL
), gone AS (
    UPDATE recon_items AS i SET gone_at = now()
    FROM (SELECT provider_id FROM pairs EXCEPT SELECT provider_id FROM whole) AS agreed
    WHERE i.provider_id = agreed.provider_id AND i.status = 'open' AND i.gone_at IS NULL
)
SELECT coalesce((SELECT sum(expected) FROM pairs WHERE expected_currency = :currency), 0) AS ours,
    coalesce((SELECT sum(found) FROM pairs WHERE found_currency = :currency), 0) AS theirs,
    (SELECT count(*) FROM (SELECT provider_id FROM pairs EXCEPT SELECT provider_id FROM whole) AS agreed) AS matched,
    (SELECT count(*) FROM judged) - (SELECT count(*) FROM open) AS explained,
    (SELECT jsonb_object_agg(result, number) FROM (SELECT result, count(*) AS number FROM open GROUP BY 1) AS kinds)
        AS differing
""")
