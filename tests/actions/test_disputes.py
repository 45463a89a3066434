"""What the dispute actions say before and after."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions import registry
from backoffice.actions.base import Each
from backoffice.actions.inputs import InvalidFormError, clean
from backoffice.permissions import Role
from models import Dispute, DisputeMessage
from models.dispute import DisputeStatus
from tests.factories import acting_for, make_attachment, make_dispute, make_user


@pytest.fixture
def admin(session: Session) -> Acting:
    return acting_for(make_user(session))


def run(session: Session, key: str, dispute: Dispute, acting: Acting, **raw: str) -> str:
    action = registry.get(key)
    assert isinstance(action.run, Each)
    return action.run.run(session, dispute, clean(action, raw), acting)


def test_a_dispute_from_assignment_to_the_end(session: Session, admin: Acting) -> None:
    """B12: open -> in_review -> open -> in_review -> resolved -> in_review -> resolved -> closed."""
    dispute = make_dispute(session)
    assert run(session, "dispute.assign", dispute, admin) == f"Assigned to {admin.name}."
    assert run(session, "dispute.unassign", dispute, admin, reason="Lunch.") == "Back among the open ones."
    run(session, "dispute.assign", dispute, admin)
    said = run(session, "dispute.message", dispute, admin, text="Called the vendor.")
    assert said == "Internal message added."
    assert run(session, "dispute.resolve", dispute, admin, outcome="reject", notes="Wear.") == "Resolved: rejected."
    assert run(session, "dispute.reopen", dispute, admin, reason="Photos.") == "In review again."
    said = run(session, "dispute.resolve", dispute, admin, outcome="refund_partial", amount="12.50", notes="Fair.")
    assert said == "Resolved: partial refund. A refund of 12.50 USD is requested."
    [message] = session.scalars(sa.select(DisputeMessage))
    assert message.is_internal


def test_finance_is_assigned_by_name(session: Session, admin: Acting) -> None:
    """DSP-1."""
    finance = make_user(session, Role.FINANCE)
    said = run(session, "dispute.assign", make_dispute(session), admin, assignee=finance.email)
    assert said == f"Assigned to {finance.name}."


def test_a_message_takes_files_by_id(session: Session, admin: Acting) -> None:
    """DSP-4: each once; the dry run refuses what the job would refuse."""
    dispute, action = make_dispute(session), registry.get("dispute.message")
    file = make_attachment(session, dispute=dispute, uploaded_by=admin.user_id)
    raw = {"text": "See.", "attachments": [str(file.id), str(file.id)]}
    inputs = clean(action, raw)
    assert inputs["attachments"] == [str(file.id)]
    assert [verdict.ok for verdict in action.plan(session, [dispute], inputs, admin)] == [True]
    assert isinstance(action.run, Each)
    action.run.run(session, dispute, inputs, admin)
    [verdict] = action.plan(session, [dispute], inputs, admin)
    assert (verdict.ok, verdict.code) == (False, "file_gone")
    for wrong in (["no id"], [str(uuid.uuid4()) for _ in range(6)]):
        with pytest.raises(InvalidFormError):
            clean(action, raw | {"attachments": wrong})


def test_only_a_ticked_box_makes_a_message_public(session: Session, admin: Acting) -> None:
    """DSP-4: what nobody called public stays internal."""
    dispute = make_dispute(session)
    said = run(session, "dispute.message", dispute, admin, text="Please wait.", is_public="y")
    assert said == "Message added; the vendor is told."


def test_the_dry_run_of_a_decision_names_the_amount(session: Session, admin: Acting) -> None:
    """DSP-1, DSP-2."""
    action = registry.get("dispute.resolve")
    dispute = make_dispute(session, status=DisputeStatus.IN_REVIEW)
    [open_form] = action.plan(session, [dispute], {}, admin)
    assert open_form.message == "Is decided; the vendor is told the outcome."
    [full] = action.plan(session, [dispute], {"outcome": "refund_full"}, admin)
    assert full.message == "A refund of 100.00 USD is requested; finance approves it."
    assert (full.amount, full.currency) == (Decimal("100.00"), "USD")
    [much] = action.plan(session, [dispute], {"outcome": "refund_partial", "amount": "1000"}, admin)
    assert (much.ok, much.message) == (False, "At most 100.00 USD can be approved.")
    [words] = action.plan(session, [dispute], {"outcome": "refund_partial", "amount": "lots"}, admin)
    assert (words.ok, words.message) == (False, "This is not an amount; write it like 1234.50.")


def test_reassigning_is_possible_and_a_closed_dispute_is_not(session: Session, admin: Acting) -> None:
    """DSP-1, B12."""
    action = registry.get("dispute.assign")
    rows = [make_dispute(session, status=status) for status in (DisputeStatus.IN_REVIEW, DisputeStatus.CLOSED)]
    assert [verdict.ok for verdict in action.plan(session, rows, {}, admin)] == [True, False]


@pytest.mark.parametrize("key", ["dispute.unassign", "dispute.reopen", "dispute.message", "dispute.resolve"])
def test_a_reason_is_always_asked_for(key: str) -> None:
    """DSP-1."""
    with pytest.raises(InvalidFormError):
        clean(registry.get(key), {"outcome": "reject"})
