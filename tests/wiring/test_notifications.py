"""Every event that somebody is told of is in the registry, and everything in the registry happens."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.permissions import Role
from backoffice.services import mail_letters
from backoffice.services.notification_events import EVENTS
from backoffice.services.shipment_tracking import _NEWS
from models.chargeback import CLOSED, ChargebackStatus
from models.notification import NotificationChannel
from views.catalogue import ENTITIES

ROOT = Path(__file__).resolve().parents[2]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "backoffice").rglob("*.py"))}
#: Texts that are put together: the statuses that may follow.
TOGETHER = {
    "shipment.": {status.value for status in _NEWS},
    "chargeback.": {
        status.value for status in CLOSED | {ChargebackStatus.NEEDS_RESPONSE, ChargebackStatus.WARNING_NEEDS_RESPONSE}
    },
}


def _tellers() -> dict[str, int | None]:
    """Functions that take the text of an event, with its position; None when it goes by name only."""
    found: dict[str, int | None] = {}
    for tree in TREES.values():
        for node in ast.walk(tree):
            # A class that keeps an event is told of it by name.
            if isinstance(node, ast.ClassDef) and any(
                isinstance(line, ast.AnnAssign) and ast.unparse(line) == "event: str" for line in node.body
            ):
                found[node.name] = None
            if not isinstance(node, ast.FunctionDef):
                continue
            several = [*node.args.posonlyargs, *node.args.args]
            for place, argument in enumerate(several + node.args.kwonlyargs):
                if argument.arg == "event" and argument.annotation and ast.unparse(argument.annotation) == "str":
                    found[node.name] = place if place < len(several) else None
    return found


def _said(tellers: dict[str, int | None]) -> Iterator[tuple[str, ast.expr]]:
    """Place and expression of every event that is handed to one of them."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name not in tellers:
                continue
            place = tellers[name]
            given = [one.value for one in node.keywords if one.arg == "event"]
            if place is not None and place < len(node.args):
                given.append(node.args[place])
            for one in given:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", one


def _keys(expression: ast.expr) -> set[str] | None:
    """The events that an expression may be; None when it is handed on."""
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=body, orelse=other):
            return (_keys(body) or set()) | (_keys(other) or set())
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue()]):
            return {start + end for end in TOGETHER[start]}
        case ast.Name(id="event") | ast.Attribute(attr="event"):
            return None
    raise AssertionError(ast.unparse(expression))


def test_what_is_told_is_in_the_registry_and_the_other_way_round():
    tellers = _tellers()
    assert {"notify", "send", "send_all", "tell", "tell_vendors", "_tell_vendors", "_turn_down"} <= set(tellers)
    used = {key: place for place, expression in _said(tellers) for key in _keys(expression) or ()}
    assert {key: place for key, place in used.items() if key not in EVENTS} == {}
    assert set(EVENTS) - set(used) == set()


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.key)
def test_an_event_is_whole(event):
    """What is about money cannot be switched off, and only staff are told."""
    assert event.label
    assert event.roles
    assert Role.CUSTOMER not in event.roles
    assert event.channels[0] is NotificationChannel.IN_APP
    money = {"refund", "payout", "chargeback", "recon_item"}
    assert not (event.optional and event.key.split(".")[0] in money)


def test_what_goes_by_mail():
    """What somebody must learn without having the page open, and nothing else."""
    mailed = {event.key for event in EVENTS.values() if NotificationChannel.EMAIL in event.channels}
    assert mailed == {
        "report.scheduled", "dispute.breached", "dispute.due_soon", "chargeback.due", "chargeback.needs_response",
        "payout.failed", "payout.returned", "subscription.new_terms", "subscription.over_orders",
        "subscription.suspended", "vendor.suspended", "vendor.reinstated", "vendor.terminated",
    }  # fmt: skip


@pytest.mark.parametrize("noun", sorted(mail_letters.RECORDS))
def test_links_in_mails_lead_somewhere(noun):
    """Each panel of those roles has a record page of that noun, whose rows are of the table of that name."""
    [entity] = [one for one in ENTITIES if one.noun == noun]
    assert entity.model.__tablename__ == noun
    assert set(entity.access) == mail_letters.READERS
