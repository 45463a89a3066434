"""The page of an action: what it would do, its form, and the click that submits it."""
