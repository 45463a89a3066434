"""End to end: what `make run` starts, used through Chromium."""
