"""Lists: filters, search, keyset pages and exports, as column-only SELECTs."""
