"""What carrier services say about their events, read as their documentation shows them (WEB-1, SHP-4)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backoffice.gateways.carriers.registry import SERVICES
from backoffice.gateways.carriers.service import BadEventError, read_event
from backoffice.gateways.provider import ProviderEvent
from backoffice.gateways.signatures import BadSignatureError, prove
from tests.webhooks.carrying import SECRETS, Stage, body_of, nonsense, signature

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def read(service: str, body: dict[str, Any], now: dt.datetime | None = None) -> ProviderEvent:
    payload = json.dumps(body).encode()
    moment = now or dt.datetime.now(dt.UTC)
    return read_event(SERVICES[service], payload, signature(service, payload), SECRETS[service], now=moment)


def test_a_secret_with_an_accent() -> None:
    """EasyPost's libraries decompose the secret, so both ways of writing it are the same."""
    payload = b"{}"
    for secret in ("s\u00e9cret", "se\u0301cret"):
        SERVICES["easypost"].prove(payload, signature("easypost", payload, "s\u00e9cret"), [secret], NOW)


def test_an_empty_secret_is_none() -> None:
    """WEB-1: nobody signs with it."""
    with pytest.raises(BadSignatureError):
        prove(b"{}", ["de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"], [""])


@pytest.mark.parametrize(
    ("made", "expected"),
    [("2026-11-19T08:00:00Z", dt.datetime(2026, 11, 19, 8, tzinfo=dt.UTC)), ("soon", NOW), (None, NOW), (5, NOW)],
)
def test_when_easypost_made_it(made: Any, expected: dt.datetime) -> None:
    """What cannot be read there matters to nobody."""
    assert read("easypost", body_of("easypost", "1", [], created_at=made), NOW).created == expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [(1_795_000_000, dt.datetime.fromtimestamp(1_795_000_000, dt.UTC)), (10**30, NOW), (-1, NOW), ("1", NOW)],
)
def test_when_aftership_made_it(made: Any, expected: dt.datetime) -> None:
    assert read("aftership", body_of("aftership", "1", [], ts=made), NOW).created == expected


@pytest.mark.parametrize(("mode", "live"), [("production", True), ("test", False), (None, None)])
def test_of_which_mode_it_is(mode: str | None, *, live: bool | None) -> None:
    """M14."""
    assert read("easypost", body_of("easypost", "1", [], mode=mode)).livemode is live
    test = None if live is None else not live
    assert read("shippo", body_of("shippo", "1", [], test=test)).livemode is live


def test_an_event_of_no_parcel() -> None:
    event = read("easypost", body_of("easypost", None, [], description="batch.created"))
    assert (event.provider, event.type, event.object_type, event.object_id) == ("easypost", "batch.created", None, None)


def test_two_bodies_without_a_name_are_two_events() -> None:
    """WEB-2: Shippo gives its events none."""
    one = body_of("shippo", "1", [Stage("made", "2026-11-19T08:00:00Z")])
    other = body_of("shippo", "1", [Stage("there", "2026-11-19T08:00:00Z")])
    assert read("shippo", one).id == read("shippo", one).id != read("shippo", other).id


def test_a_place_in_one_word_or_in_parts() -> None:
    """AfterShip gives the carrier's own line where there is one."""
    checkpoint = {
        "tag": "InTransit",
        "checkpoint_time": "2026-11-19",
        "city": "Oslo",
        "country_iso3": "NOR",
        "state": " ",
    }
    body = {"msg": {"checkpoints": [checkpoint, checkpoint | {"location": "Oslo  hub"}]}}
    assert [one.location for one in SERVICES["aftership"].tracking(body).scans] == ["Oslo, NOR", "Oslo hub"]


def test_the_newest_entry_is_told_even_when_the_history_lacks_it() -> None:
    """Shippo."""
    body = body_of("shippo", "1", [Stage("there", "2026-11-19T08:00:00Z")])
    body["data"]["tracking_history"] = []
    assert [one.code for one in SERVICES["shippo"].tracking(body).scans] == ["DELIVERED"]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_nonsense_is_never_a_crash(data: st.DataObject) -> None:
    """I7: signed nonsense is an event or is refused, and what is scanned in it can be kept or is refused."""
    service = data.draw(st.sampled_from(sorted(SERVICES)))
    body = data.draw(nonsense(service))
    try:
        kept = read(service, body).body
        scans = SERVICES[service].tracking(kept).scans
    except BadEventError:
        return
    for scan in scans:
        assert scan.at.utcoffset() is not None
        assert 0 < len(scan.code) <= 64
        texts = [text for text in (scan.code, scan.reason, scan.event_id, scan.location, scan.note) if text]
        assert all(text.isprintable() for text in texts)
