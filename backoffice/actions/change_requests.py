"""Changes of reviewed products: approve, reject, ask for more (admins); withdraw (vendors)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Action, Chunk, Inputs, Settled, Target
from backoffice.actions.moves import plan_move, seen, settled
from backoffice.actions.products import RejectionForm
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services.change_requests import decide
from backoffice.services.transitions import Outcome
from models import ProductChangeRequest
from models.change_request import ChangeRequestStatus
from models.operation import QueueName
from models.product import RejectionReason

#: Each is written field by field.
_CHUNK = 200


def _simple(run: Callable[..., list[Outcome]], to: ChangeRequestStatus, done: str) -> Chunk:
    """A chunk decided without a reason."""

    def each(
        session: Session, targets: Sequence[Target], _inputs: Inputs, acting: Acting
    ) -> Mapping[uuid.UUID, Settled]:
        return settled(run(session, seen(targets), acting=acting), to, acting, done)

    return Chunk(run=each, size=_CHUNK, together="vendor_id")


def _turned_down(run: Callable[..., list[Outcome]], to: ChangeRequestStatus, done: str) -> Chunk:
    """A chunk decided with the reason, message and note of the form."""

    def each(
        session: Session, targets: Sequence[Target], inputs: Inputs, acting: Acting
    ) -> Mapping[uuid.UUID, Settled]:
        outcomes = run(
            session,
            seen(targets),
            reason=RejectionReason(inputs["reason"]),
            message=str(inputs["message"]),
            note=inputs.get("note"),
            acting=acting,
        )
        return settled(outcomes, to, acting, done)

    return Chunk(run=each, size=_CHUNK, together="vendor_id")


ACTIONS = (
    Action(
        key="change_request.approve",
        label="Approve",
        entity=ProductChangeRequest,
        permission=Permission.PRODUCTS_MODERATE,
        plan=plan_move(ChangeRequestStatus.CONFIRMED, "The product changes as you see it; the vendor is told."),
        run=_simple(decide.confirm, ChangeRequestStatus.CONFIRMED, "Approved; the product has changed."),
        allowed_from=ChangeRequestStatus.sources(ChangeRequestStatus.CONFIRMED),
        queue=QueueName.BULK,
        tone=Tone.SUCCESS,
        consequence="The shop shows the new values at once, where the product is listed.",
    ),
    Action(
        key="change_request.reject",
        label="Reject",
        entity=ProductChangeRequest,
        permission=Permission.PRODUCTS_MODERATE,
        plan=plan_move(ChangeRequestStatus.DECLINED, "Is rejected; the product stays as it is."),
        run=_turned_down(decide.decline, ChangeRequestStatus.DECLINED, "Rejected."),
        allowed_from=ChangeRequestStatus.sources(ChangeRequestStatus.DECLINED),
        form=RejectionForm,
        queue=QueueName.BULK,
        tone=Tone.DANGER,
        consequence="Vendors get your message. Their products stay as they are.",
    ),
    Action(
        key="change_request.ask",
        label="Ask for changes",
        entity=ProductChangeRequest,
        permission=Permission.PRODUCTS_MODERATE,
        plan=plan_move(ChangeRequestStatus.CHANGES_REQUESTED, "Goes back to the vendor, who edits it or withdraws."),
        run=_turned_down(decide.ask_for_changes, ChangeRequestStatus.CHANGES_REQUESTED, "Given back to the vendor."),
        allowed_from=ChangeRequestStatus.sources(ChangeRequestStatus.CHANGES_REQUESTED),
        form=RejectionForm,
        queue=QueueName.BULK,
        tone=Tone.WARNING,
        consequence="Vendors get your message and may edit the product again.",
    ),
    Action(
        key="change_request.withdraw",
        label="Withdraw",
        entity=ProductChangeRequest,
        permission=Permission.PRODUCTS_SELL,
        plan=plan_move(ChangeRequestStatus.CANCELLED, "Is withdrawn; the product stays as it is."),
        run=_simple(decide.cancel, ChangeRequestStatus.CANCELLED, "Withdrawn."),
        allowed_from=ChangeRequestStatus.sources(ChangeRequestStatus.CANCELLED),
        queue=QueueName.BULK,
    ),
)
