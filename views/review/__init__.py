"""Review mode: one screen on which people decide one thing after the other."""
