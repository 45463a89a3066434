"""The marketplace back-office: everything that is not a table or a page."""
