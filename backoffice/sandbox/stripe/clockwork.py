"""Which acts the agenda knows."""

from __future__ import annotations

from typing import Final

from backoffice.sandbox.stripe import payouts
from backoffice.sandbox.stripe.agenda import Acts

ACTS: Final[Acts] = {"payout": payouts.advance}
