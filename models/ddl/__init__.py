"""SQL of the functions and triggers with which the database defends itself; one concern a file.

Migrations hold frozen copies of what these make, and a test compares the installed functions and triggers with them.
"""
