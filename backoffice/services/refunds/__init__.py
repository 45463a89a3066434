"""Refunds: `request` asks for one, `decide` approves or rejects it, `send` carries it to Stripe."""
