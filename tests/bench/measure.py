"""Timing requests in process: every application is called the same way, in turn, after a warm-up."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import event

WARM_UP = 5
RUNS = 80


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing: milliseconds at the median and the 95th percentile, statements, bytes sent."""

    p50: float
    p95: float
    statements: int
    size: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """What this product and plain SQL need for the same, and how many times more it is for us."""

    name: str
    ours: str
    floor: str
    times: float

    @classmethod
    def of_seconds(cls, name: str, ours: float, floor: float) -> Ratio:
        """Of two durations."""
        return cls(name, f"{ours:.2f} s", f"{floor:.2f} s", ours / floor)


class Statements:
    """Counts what an engine sends to PostgreSQL."""

    def __init__(self) -> None:
        self.count = 0

    def _add(self, *_arguments: object) -> None:
        self.count += 1

    @contextmanager
    def of(self, engine: sa.Engine) -> Iterator[None]:
        """Count while inside."""
        event.listen(engine, "before_cursor_execute", self._add)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", self._add)


class Stopwatch:
    """Time from the first statement to the end of the last one, commits included."""

    def __init__(self) -> None:
        self.started: float | None = None
        self.ended = 0.0
        self.statements = 0

    def _before(self, *_arguments: object) -> None:
        self.statements += 1
        self.started = self.started or time.perf_counter()

    @contextmanager
    def of(self, engine: sa.Engine) -> Iterator[None]:
        """Watch what goes on inside."""
        event.listen(engine, "before_cursor_execute", self._before)
        try:
            yield
        finally:
            # The commit that ends the work has no statement of its own; it is over when the caller is.
            self.ended = time.perf_counter()
            event.remove(engine, "before_cursor_execute", self._before)

    @property
    def milliseconds(self) -> float:
        """How long it took."""
        return (self.ended - (self.started or self.ended)) * 1000


@dataclass(slots=True, kw_only=True)
class Contender:
    """One way to do a thing: `call` returns the bytes it got; it is run in every `every`th round."""

    call: Callable[[], int]
    engine: sa.Engine
    every: int = 1
    times: list[float] = field(default_factory=list)
    statements: int = 0
    size: int = 0

    def warm_up(self, rounds: int) -> None:
        """Run it untimed, and count the statements and bytes of the last time."""
        for _ in range(rounds):
            self.call()
        statements = Statements()
        with statements.of(self.engine):
            self.size = self.call()
        self.statements = statements.count

    def run(self) -> None:
        """Run it once and note how long it took."""
        started = time.perf_counter()
        self.call()
        self.times.append((time.perf_counter() - started) * 1000)

    def figure(self) -> Figure:
        """What came of it."""
        cuts = statistics.quantiles(self.times, n=20, method="inclusive")
        return Figure(statistics.median(self.times), cuts[18], self.statements, self.size)


def measure(
    contenders: Mapping[str, Contender], *, runs: int = RUNS, warm_up: int = WARM_UP
) -> dict[str, Figure | str]:
    """Time them in turn, again and again, so that a slow moment of the machine is everybody's.

    What fails is a result too, and the others are still measured.
    """
    failed: dict[str, Figure | str] = {}
    for name, contender in contenders.items():
        try:
            contender.warm_up(warm_up)
        except Exception as error:  # noqa: BLE001 - whatever it is
            failed[name] = f"fails: {type(error).__name__}"
    running = {name: contender for name, contender in contenders.items() if name not in failed}
    # As the web process does when it starts.
    gc.collect()
    gc.freeze()
    for turn in range(runs):
        for contender in running.values():
            if turn % contender.every == 0:
                contender.run()
    return failed | {name: contender.figure() for name, contender in running.items()}


def table(rows: Mapping[str, Mapping[str, Figure | str]]) -> Iterator[str]:
    """The figures as text: ours, stock and floor beside each other, then the ratios to the floor."""
    yield (f"{'':26}{'this product':>34}{'stock Flask-Admin':>34}{'floor':>32}{'ours/floor':>12}{'stock/floor':>12}")
    yield f"{'':26}" + f"{'p50 ms   p95 ms  stmts    bytes':>34}" * 2 + f"{'p50 ms  p95 ms  stmts   bytes':>32}"
    for name, figures in rows.items():
        floor = figures["floor"]
        cells = [_cell(figures.get(kind)) for kind in ("ours", "stock", "floor")]
        ratios = [_ratio(figures.get(kind), floor) for kind in ("ours", "stock")]
        yield f"{name:26}{cells[0]:>34}{cells[1]:>34}{cells[2]:>32}{ratios[0]:>12}{ratios[1]:>12}"


def ratio_table(ratios: Iterable[Ratio]) -> Iterator[str]:
    """The figures of what is compared with plain SQL alone."""
    yield f"{'':32}{'this product':>20}{'plain SQL':>20}{'ours/floor':>12}"
    for one in ratios:
        yield f"{one.name:32}{one.ours:>20}{one.floor:>20}{f'{one.times:.1f}x':>12}"


def _cell(figure: Figure | str | None) -> str:
    if figure is None:
        return "-"
    if isinstance(figure, str):
        return figure
    return f"{figure.p50:8.1f} {figure.p95:8.1f} {figure.statements:6d} {figure.size:9,d}"


def _ratio(figure: Figure | str | None, floor: Figure | str | None) -> str:
    if not isinstance(figure, Figure) or not isinstance(floor, Figure):
        return "-"
    return f"{figure.p50 / floor.p50:.1f}x"
