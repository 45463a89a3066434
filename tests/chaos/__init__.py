"""Everything that `backoffice up` runs, while workers are killed, servers restarted and Stripe answers badly."""
