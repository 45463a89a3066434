"""Subscriptions of vendors: periods, invoices, changes of plan, unpaid fees, limits (SUB-1 to SUB-7)."""
