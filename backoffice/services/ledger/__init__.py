"""The book: `lines` are debits and credits, `postings` the templates E1 to E14, `journal` writes, `verify` checks."""
