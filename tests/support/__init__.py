"""Fixtures and helpers that tests of every layer share."""
