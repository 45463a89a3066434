"""What each address does, one module per kind of object; all run inside the caller's transaction."""
