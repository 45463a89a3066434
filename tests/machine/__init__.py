"""Money moved at random, by every way there is, while Stripe answers badly; the book must agree with Stripe."""
