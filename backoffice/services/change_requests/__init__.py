"""Changes that vendors want to make to products which have passed review (MOD-3, MOD-4)."""
