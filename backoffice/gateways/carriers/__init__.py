"""Services that tell what carriers scan: how each signs, and what its words are. Plain values only."""
