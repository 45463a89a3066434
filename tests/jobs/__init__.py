"""The worker and the relay, as real processes and in this one."""
