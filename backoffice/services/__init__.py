"""Use cases as plain functions: session first, the acting person always named; they flush, they never commit."""
