"""What the application's role may not do with some tables, whatever it may do with the others (I4, A2)."""

from __future__ import annotations

from typing import Final

#: Read and add only: no UPDATE, DELETE or TRUNCATE. A trigger refuses them to the owner as well.
APPEND_ONLY: Final = (
    "audit_log",
    "chargeback_evidence",
    "delivery_proofs",
    "dispute_events",
    "dispute_messages",
    "journal_lines",
    "journals",
    "moderation_decisions",
    "shipment_events",
    "status_history",
    "stock_movements",
)
#: Written by triggers alone, in the owner's name.
KEPT_BY_TRIGGERS: Final = ("account_balances", "name_words", "searchable_names")
#: The owner's alone: not even SELECT.
OWNER_ONLY: Final = ("audit_key",)
