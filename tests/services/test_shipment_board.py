"""The board: parcels that are not done, by status (SHP-6)."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.permissions import Role
from backoffice.services import shipment_board
from backoffice.services.shipment_board import CARDS, LIMIT, Column
from models.shipment import Incident
from models.shipment import ShipmentStatus as S
from tests.factories import acting_for, make_dispute, make_order, make_shipment, make_shipping_method, make_user

_DAY = dt.timedelta(days=1)


@pytest.fixture
def clerk(session: Session) -> Acting:
    return acting_for(make_user(session, Role.LOGISTICS))


def _board(session: Session, clerk: Acting, *, mine: bool = False) -> dict[S, Column]:
    return {column.lane.status: column for column in shipment_board.read(session, clerk, mine=mine)}


def test_each_status_has_its_oldest_first_with_what_is_wrong(session: Session, clerk: Acting) -> None:
    """SHP-6: a label without a scan, a failed attempt; every column is there, the empty ones too."""
    young = make_shipment(session)
    old = make_shipment(session, created_at=now() - 3 * _DAY, assigned_to=clerk.user_id)
    failed = make_shipment(session, status=S.FAILED, exception=Incident.CONSIGNEE_NOT_HOME, needs_review=True)
    board = _board(session, clerk)
    assert set(board) == set(S)
    pending = board[S.PENDING]
    assert (pending.count, pending.oldest) == (2, old.created_at)
    assert [card.id for card in pending.cards] == [old.id, young.id]
    assert [card.wrong for card in pending.cards] == [["No scan 48 hours after the label"], []]
    assert pending.cards[0].courier is not None
    [card] = board[S.FAILED].cards
    assert (card.id, card.wrong) == (failed.id, ["Nobody was there", "Its events contradict each other"])
    assert (board[S.IN_TRANSIT].count, board[S.IN_TRANSIT].oldest) == (0, None)


def test_what_is_done_is_not_there_unless_something_is_left_to_do(session: Session, clerk: Acting) -> None:
    """SHP-6, ACC-3: of a dispute only that there is one; a cancelled label is nowhere."""
    make_shipment(session, status=S.DELIVERED)
    make_shipment(session, voided_at=now())
    order = make_order(session)
    disputed = make_shipment(session, order=order, status=S.DELIVERED)
    make_dispute(session, order=order)
    returned = make_shipment(session, status=S.RETURNED)
    board = _board(session, clerk)
    assert [card.id for card in board[S.DELIVERED].cards] == [disputed.id]
    assert [card.id for card in board[S.RETURNED].cards] == [returned.id]
    assert board[S.PENDING].count == 0


def test_mine_are_those_that_were_given_to_me(session: Session, clerk: Acting) -> None:
    """The courier's own board."""
    mine = make_shipment(session, assigned_to=clerk.user_id)
    make_shipment(session, assigned_to=make_user(session, Role.LOGISTICS).id)
    make_shipment(session)
    assert _board(session, clerk)[S.PENDING].count == 3
    assert [card.id for card in _board(session, clerk, mine=True)[S.PENDING].cards] == [mine.id]


def test_counts_stop_and_statements_do_not_grow(session: Session, engine: sa.Engine, clerk: Acting) -> None:
    """Two statements, whatever there is to count."""
    order, method = make_order(session), make_shipping_method(session)
    for _ in range(LIMIT + 3):
        make_shipment(session, order=order, units={}, shipping_method_id=method.id)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        pending = _board(session, clerk)[S.PENDING]
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert (pending.count, len(pending.cards), len(statements)) == (LIMIT + 1, CARDS, 2)
