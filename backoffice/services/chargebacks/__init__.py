"""Chargebacks: following the provider, what they cost whom, and the one answer to the bank (DSP-8, DSP-9)."""
