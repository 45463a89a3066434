"""The inbox of each panel: what waits there, for how long, and what to do about it."""
