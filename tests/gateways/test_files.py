"""The store of files: whole or not there, nothing outside its folder, nothing left behind."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from backoffice.gateways.files import LocalFiles

NAME = "0199-a.csv"


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files")


def _content(files: LocalFiles) -> bytes | None:
    file = files.open(NAME)
    if file is None:
        return None
    with file:
        return file.read()


def test_a_draft_is_seen_by_nobody_until_it_is_kept(files: LocalFiles) -> None:
    with files.draft(NAME) as draft:
        draft.file.write(b"one")
        assert _content(files) is None
        files.keep(draft, NAME)
        assert _content(files) == b"one"
    assert [path.name for path in files.folder.iterdir()] == [NAME]


def test_a_draft_that_fails_leaves_what_was_there(files: LocalFiles) -> None:
    with files.draft(NAME) as draft:
        draft.file.write(b"old")
        files.keep(draft, NAME)
    with contextlib.suppress(ZeroDivisionError), files.draft(NAME) as draft:
        draft.file.write(b"new")
        raise ZeroDivisionError
    assert _content(files) == b"old"
    assert [path.name for path in files.folder.iterdir()] == [NAME]


def test_deleting_twice_is_fine(files: LocalFiles) -> None:
    with files.draft(NAME) as draft:
        files.keep(draft, NAME)
    files.delete(NAME)
    files.delete(NAME)
    assert _content(files) is None


def test_only_old_drafts_are_tidied(files: LocalFiles) -> None:
    """Those of a worker that was killed; another one's may be under way."""
    assert files.tidy() == 0
    old, new = files.folder / ".draft-old", files.folder / ".draft-new"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / NAME).write_bytes(b"half")
    os.utime(old, (0, 0))
    assert files.tidy() == 1
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("name", ["../x.csv", "/etc/passwd", "x", ".draft-x", "a/b.csv", "x.csv\n", ""])
def test_no_name_leads_out(files: LocalFiles, name: str) -> None:
    with pytest.raises(ValueError, match="no name of a file"):
        files.open(name)
    with pytest.raises(ValueError, match="no name of a file"), files.draft(name):
        pass
