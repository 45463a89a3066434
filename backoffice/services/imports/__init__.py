"""Imports: a file read, judged by the page, written by a worker, and undone for a week (decision 0007)."""
