"""The servers that `backoffice up` runs: embedded PostgreSQL and Valkey, the children, and their supervisor."""
