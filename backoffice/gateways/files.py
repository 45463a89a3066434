"""Where files are kept that workers make and people fetch. A file is there as a whole, or it is not there."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

#: What a file may be called: nothing that leads out of the folder.
_NAME: Final = re.compile(r"[0-9a-z][0-9a-z-]{0,50}\.[a-z]{1,8}")
_DRAFT: Final = ".draft-"
#: Seconds after which a draft is nobody's: a job has ended long before.
_FORGOTTEN: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file in the making, with a folder for what is needed meanwhile; both are gone unless it is kept."""

    file: BinaryIO
    folder: Path


class Files(Protocol):
    """A store of files by name; web process and workers see the same one."""

    def draft(self, name: str) -> AbstractContextManager[Draft]:
        """A file to write, which nobody sees."""
        ...

    def keep(self, draft: Draft, name: str) -> None:
        """Show the whole draft under its name, in the place of what was there."""
        ...

    def open(self, name: str) -> BinaryIO | None:
        """The file to read; None when there is none."""
        ...

    def delete(self, name: str) -> None:
        """Delete the file, if it is there."""
        ...

    def tidy(self) -> int:
        """Delete what was left behind half written; how many."""
        ...


class LocalFiles:
    """A folder of this machine. Keeping is a rename, which either has happened or has not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @contextmanager
    def draft(self, name: str) -> Iterator[Draft]:
        """A file to write, in a folder of its own that nobody else can read."""
        self._path(name)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=_DRAFT, dir=self.folder, ignore_cleanup_errors=True) as made:
            folder = Path(made)
            with (folder / name).open("wb") as file:
                yield Draft(file=file, folder=folder)

    def keep(self, draft: Draft, name: str) -> None:
        """Put the draft in its place at once; safe to do again with another draft."""
        draft.file.flush()
        (draft.folder / name).replace(self._path(name))

    def open(self, name: str) -> BinaryIO | None:
        """The file to read; None when there is none."""
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            return None

    def delete(self, name: str) -> None:
        """Delete the file, if it is there."""
        self._path(name).unlink(missing_ok=True)

    def tidy(self) -> int:
        """Delete the drafts of workers that died, when they are too old to be anybody's."""
        oldest = time.time() - _FORGOTTEN
        left = [one for one in self.folder.glob(f"{_DRAFT}*") if one.stat().st_mtime < oldest]
        for one in left:
            shutil.rmtree(one, ignore_errors=True)
        return len(left)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a file")
        return self.folder / name
