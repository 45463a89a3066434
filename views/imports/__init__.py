"""Imports: the pages that take a file, ask what its columns mean, and show what each row would do (decision 0007)."""
