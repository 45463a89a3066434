"""The Stripe sandbox, over HTTP."""
