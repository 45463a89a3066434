"""What the payment provider tells us: stored first, handled by a job, safe in any order and number (WEB-1 to WEB-4)."""
