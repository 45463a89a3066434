"""What a first visit to a list costs."""

from __future__ import annotations

from tests.support.first_visit import first_visit


def test_the_files_of_a_list_are_small_and_kept_for_good(browse, world):
    """Less than 350 kB gzipped, each at an address that changes with its content."""
    files = first_visit(browse("admin").client, "/admin/products/")
    names = {address.rpartition("/")[2] for address in files}
    assert {"tabler.css", "tabler.js", "htmx.js", "main.js", "list.js", "icons.svg"} <= names
    assert sum(files.values()) < 350_000
