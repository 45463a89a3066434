"""A Stripe that runs on loopback: the real SDK talks to it in the demo, in development and in the tests.

It is a server of its own, not a mock: it keeps accounts, payment intents, refunds, transfers and a balance, honours
idempotency keys the way Stripe's v1 API does, and can be told to fail in every way that matters (`faults`).
"""
