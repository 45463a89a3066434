"""Scan mode: many parcels by their tracking numbers, on one screen."""
