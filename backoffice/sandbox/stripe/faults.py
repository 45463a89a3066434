"""Failures to order: which request fails, and how. Held in memory; a restarted sandbox has none."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Self

from backoffice.sandbox.stripe.errors import ValidationError

_MAX_SECONDS: Final = 120.0


class FaultKind(StrEnum):
    """Every way of failing; `work` says the effect happens and its answer is saved for the key."""

    DROP = "drop"
    WORK_DROP = "work_drop"
    ERROR = "500"
    #: No effect, yet the 500 is saved: the same key never works again.
    SAVED_ERROR = "500_saved"
    WORK_ERROR = "work_500"
    HANG = "hang"
    WORK_HANG = "work_hang"
    #: Effect done, half of the body sent, then a TCP reset.
    WORK_RESET = "reset"
    WORK_TRUNCATE = "truncate"
    CONFLICT = "409"
    RATE_LIMIT = "429"
    #: Another request works on the same object.
    LOCK_TIMEOUT = "lock_timeout"
    HTML = "html_502"


@dataclass(slots=True, kw_only=True)
class Fault:
    """Fail the next `times` matching requests, after letting `skip` of them pass."""

    kind: FaultKind
    method: str = "POST"
    #: Beginning of the address, such as /v1/transfers.
    path: str = "/v1/"
    #: One idempotency key; None means any.
    key: str | None = None
    times: int = 1
    skip: int = 0
    #: How long the hanging kinds hang.
    seconds: float = 5.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Build from the JSON of the control endpoint. Raises `ValidationError`."""
        try:
            fault = cls(**{**given, "kind": FaultKind(given.get("kind", ""))})
        except (TypeError, ValueError) as error:
            raise ValidationError(f"Not a fault: {error}", param="faults") from None
        if not isinstance(fault.seconds, int | float) or not 0 <= fault.seconds <= _MAX_SECONDS:
            raise ValidationError(f"A fault hangs for at most {_MAX_SECONDS:.0f} seconds.", param="seconds")
        return fault

    def matches(self, method: str, path: str, key: str | None) -> bool:
        """Whether the fault is meant for this request."""
        return method == self.method and path.startswith(self.path) and self.key in (None, key)


#: What the weather brings unless it is told: everything that takes no time.
_WEATHER: Final = tuple(kind for kind in FaultKind if kind not in {FaultKind.HANG, FaultKind.WORK_HANG})


@dataclass(slots=True, kw_only=True)
class Weather:
    """Fail a `share` of all requests, whatever their method: with the same seed the nth fails in the same way."""

    share: float
    seed: int
    kinds: tuple[FaultKind, ...] = _WEATHER
    #: How long the hanging kinds hang.
    seconds: float = 1.0
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Begin the row of faults that belongs to the seed."""
        self._dice = random.Random(self.seed)  # noqa: S311 - nobody must be unable to guess it

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """Build from the JSON of the control endpoint. Raises `ValidationError`."""
        try:
            kinds = tuple(FaultKind(kind) for kind in given.get("kinds", _WEATHER))
            weather = cls(**{**given, "kinds": kinds})
            possible = kinds and 0 <= weather.share <= 1 and 0 <= weather.seconds <= _MAX_SECONDS
        except (TypeError, ValueError) as error:
            raise ValidationError(f"No such weather: {error}", param="weather") from None
        if not possible:
            raise ValidationError("Weather has kinds, a share from 0 to 1 and short seconds.", param="weather")
        return weather

    def strike(self) -> Fault | None:
        """What befalls the next request; each takes two numbers of the row, be it struck or not."""
        struck, kind = self._dice.random() < self.share, self._dice.choice(self.kinds)
        return Fault(kind=kind, seconds=self.seconds) if struck else None


class Faults:
    """The faults still to come, first ordered first; requests that none is ordered for have the weather."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._weather: Weather | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()

    def order(self, faults: list[Fault]) -> None:
        """Add faults."""
        with self._lock:
            self._faults.extend(faults)

    def expect(self, weather: Weather) -> None:
        """Have this weather from now on."""
        with self._lock:
            self._weather = weather

    def clear(self) -> None:
        """Work normally from now on; what hangs goes on at once."""
        with self._lock:
            self._faults.clear()
            self._weather = None
            self._wake.set()
            self._wake = threading.Event()

    def hang(self, seconds: float) -> None:
        """Do nothing for so long, or until the faults are cleared."""
        self._wake.wait(seconds)

    def waiting(self) -> list[dict[str, Any]]:
        """The faults that have not struck yet."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, method: str, path: str, key: str | None) -> Fault | None:
        """The fault of this request, if any; it is used up."""
        with self._lock:
            for fault in self._faults:
                if not fault.matches(method, path, key):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
            return self._weather.strike() if self._weather else None
