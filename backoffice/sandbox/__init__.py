"""Servers that speak the protocol of an outside service over loopback, where no account exists."""
