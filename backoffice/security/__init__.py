"""Who is signed in, what they may reach, and the headers of every answer."""

from backoffice.security.staff import Staff, current, current_staff

__all__ = ["Staff", "current", "current_staff"]
