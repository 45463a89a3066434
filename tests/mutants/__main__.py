"""`python -m tests.mutants`: try every change; an error when another survives than survivors.toml explains.

The copies stay in var/mutants: `cd var/mutants; ../../.venv/bin/mutmut show NAME` shows one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.mutants import survivors

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "var" / "mutants"
LOG = PLACE / "run.log"


def main() -> int:
    """Zero when exactly the explained changes survive."""
    started = time.monotonic()
    copy()
    if not run():
        print(LOG.read_text(encoding="utf-8", errors="replace").replace("\r", "\n"))
        print(f"mutmut did not come to an end; the above is {LOG.relative_to(ROOT)}.")
        return 1
    outcomes = survivors.outcomes(PLACE)
    # Out of time and crashed are no answer of a test either.
    alive = {name: survivors.change(PLACE, name) for name, outcome in outcomes.items() if outcome != "killed"}
    figures(outcomes, time.monotonic() - started)
    return survivors.verdict({change: f"{name}, {outcomes[name]}" for name, change in alive.items()})


def copy() -> None:
    """A fresh place, so that nothing of the last run is believed."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    for folder in ("backoffice", "models", "tests"):
        shutil.copytree(ROOT / folder, PLACE / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", PLACE)


def run() -> bool:
    """Whether mutmut tried all it made."""
    print(f"Changing the code of money; two to five minutes. Progress is in {LOG.relative_to(ROOT)}.", flush=True)
    with LOG.open("wb") as log:
        command = [sys.executable, "-m", "mutmut", "run"]
        return subprocess.run(command, cwd=PLACE, stdout=log, stderr=subprocess.STDOUT, check=False).returncode == 0


def figures(outcomes: dict[str, str], seconds: float) -> None:
    """One line a module, and their sum."""
    made = Counter(name.rpartition(".")[0] for name in outcomes)
    killed = Counter(name.rpartition(".")[0] for name, outcome in outcomes.items() if outcome == "killed")
    for module in sorted(made):
        print(
            f"{module:40} {made[module]:4} changes, {killed[module]:4} noticed, {made[module] - killed[module]:2} not"
        )
    total, noticed = made.total(), killed.total()
    print(f"{'together':40} {total:4} changes, {noticed:4} noticed, {total - noticed:2} not; {seconds:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
