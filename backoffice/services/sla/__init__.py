"""How soon disputes must be answered and decided (DSP-6)."""
