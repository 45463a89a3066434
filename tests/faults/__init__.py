"""Real workers, a real relay, real servers and the Stripe sandbox, while all of them are killed."""
