"""The webhook inbox: what Stripe tells us, from the signature to what follows."""
