"""A mail server on loopback that delivers to nobody: each mail becomes a file."""
