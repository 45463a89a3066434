"""The pictures of the documentation: `make screens`."""
