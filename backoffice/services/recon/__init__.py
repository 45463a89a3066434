"""Reconciliation of the ledger with the payment provider."""
