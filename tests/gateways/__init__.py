"""The gateways against the servers they talk to."""
