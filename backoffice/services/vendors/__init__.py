"""Vendors as business partners: their checklist, and what becomes of them (VEN-1 to VEN-3)."""
