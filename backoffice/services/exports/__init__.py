"""Exports: a list as a file, asked for, made by a worker, fetched, and gone after a week (decision 0006)."""
