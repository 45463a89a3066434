"""Payouts: `eligibility` says what holds one, `send` carries it to Stripe, `manage` cancels and tries again."""
