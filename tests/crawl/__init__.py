"""Every page of every panel in a real browser: `make crawl`."""
