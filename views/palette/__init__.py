"""The command palette: one search over records, pages and actions of a panel."""
