"""The web pages: four panels made from one table of access."""
