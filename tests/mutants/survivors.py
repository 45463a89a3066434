"""What mutmut found, and what survivors.toml says of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("survivors.toml")
_NAME = re.compile(r"(?P<module>.+)\.x_(?P<function>\w+)__mutmut_\d+")


class Change(NamedTuple):
    """One function, one place in it. mutmut's own names have a number that moves with every edit."""

    of: str
    was: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.of}\n    - {self.was}\n    + {self.becomes}"


def explained() -> dict[Change, str]:
    """The changes of survivors.toml, each with its reason."""
    entries = tomllib.loads(LIST.read_text(encoding="utf-8"))["survivor"]
    return {Change(entry["of"], entry["was"], entry["becomes"]): entry["why"] for entry in entries}


def outcomes(place: Path) -> dict[str, str]:
    """mutmut's name of each change that it tried in `place`, and how that ended."""
    lines = _mutmut(place, "results", "--all", "true").splitlines()
    return dict(line.strip().split(": ", 1) for line in lines if "__mutmut_" in line)


def change(place: Path, name: str) -> Change:
    """What mutmut did under that name."""
    found = _NAME.fullmatch(name)
    lines = _mutmut(place, "show", name).splitlines()
    was, becomes = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign) and not line.startswith(sign * 3))
        for sign in "-+"
    )
    return Change(f"{found['module']}.{found['function']}" if found else name, was, becomes)


def verdict(alive: dict[Change, str]) -> int:
    """What is wrong, each with what to do, or the reasons of what is left."""
    reasons = explained()
    for change, name in alive.items():
        if change not in reasons:
            print(f"No test notices ({name}): {change}\n  Write the test; only when there can be none, explain it.")
        else:
            print(f"Explained: {change}\n    {reasons[change]}")
    gone = reasons.keys() - alive.keys()
    for change in gone:
        print(f"Does not survive any more; take it out of {LIST.name}: {change}")
    return 1 if gone or alive.keys() - reasons.keys() else 0


def _mutmut(place: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout
