"""Changing the code of money on purpose, to see whether a test notices; run by `make mutants`."""
