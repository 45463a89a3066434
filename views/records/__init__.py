"""Record pages: one row, what hangs on it, and what happened to it."""
