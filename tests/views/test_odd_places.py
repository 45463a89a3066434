"""Addresses that nobody meant: places and days that are none, and currencies that do not exist."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest


def _cursor(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize("day", ["2026-13-01", "x", "", "0000-00-00", "2026-01-01T00:00:00", "\x00"])
def test_a_place_by_a_day_that_is_none(browse: Any, day: str) -> None:
    cursor = _cursor(day, "01a206bf-d107-76a8-99cc-535656805ac3")
    for side in ("after", "before"):
        assert browse("admin").get(f"recon_runs/?{side}={cursor}").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["f_created_at=utc:x..y", "f_created_at=utc:2026-02-30..2026-03-01", "f_created_at=utc:2026-03-01",
     "f_created_at=utc:", "f_created_at=utc:9999-12-31..9999-12-31", "f_created_at=utc:2026-03-02..2026-03-01",
     "f_currency=XXX", "f_currency=%00", "f_currency=usd", "f_currency=not:USD"],
)  # fmt: skip
def test_filters_of_figures_that_nobody_meant(browse: Any, query: str) -> None:
    assert browse("admin").get(f"orders/?{query}").status_code == 200


@pytest.mark.parametrize(
    "asked",
    [{"period": "own", "since": "2026-03-02", "until": "2026-03-01"}, {"since": "0001-01-01", "until": "9999-12-31"},
     {"since": "x"}, {"type": "nothing"}, {"currency": "XXX"}, {"format": "exe"}, {"rhythm": "hourly"}],
)  # fmt: skip
def test_reports_that_nobody_can_make(browse: Any, asked: dict[str, str]) -> None:
    fields = {
        "type": "revenue",
        "period": "last_month",
        "since": "",
        "until": "",
        "currency": "",
        "format": "csv",
        "rhythm": "",
    }
    assert browse("admin").post("own_reports/ask/", fields | asked).status_code == 422
