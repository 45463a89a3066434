"""Reviews: approve and reject. Only admins, never the vendor of the product (RVW-1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Chunk, Inputs, Settled, Target
from backoffice.actions.choices import choices
from backoffice.actions.moves import plan_move, seen, settled
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import reviews
from models import ProductReview
from models.operation import QueueName
from models.product_review import ReviewRejectionReason, ReviewStatus


class ReviewRejectionForm(Form):
    """Why a review is hidden."""

    reason = SelectField(
        "Reason", choices=choices(ReviewRejectionReason, none="Choose one"), validators=[DataRequired()]
    )
    note = TextAreaField(
        "Internal note", description="Stays inside the house.", validators=[Optional(), Length(max=2000)]
    )


def _approve(
    session: Session, targets: Sequence[Target], inputs: Inputs, acting: Acting
) -> Mapping[uuid.UUID, Settled]:
    del inputs
    outcomes = reviews.approve(session, seen(targets), acting=acting)
    return settled(outcomes, ReviewStatus.APPROVED, acting, "Approved.")


def _reject(session: Session, targets: Sequence[Target], inputs: Inputs, acting: Acting) -> Mapping[uuid.UUID, Settled]:
    reason = ReviewRejectionReason(inputs["reason"])
    outcomes = reviews.reject(session, seen(targets), reason=reason, note=inputs.get("note"), acting=acting)
    return settled(outcomes, ReviewStatus.REJECTED, acting, "Rejected.")


ACTIONS = (
    Action(
        key="review.approve",
        label="Approve",
        entity=ProductReview,
        permission=Permission.REVIEWS_MODERATE,
        plan=plan_move(ReviewStatus.APPROVED, "Is shown in the shop."),
        run=Chunk(run=_approve, size=2000),
        allowed_from=ReviewStatus.sources(ReviewStatus.APPROVED),
        queue=QueueName.BULK,
        tone=Tone.SUCCESS,
    ),
    Action(
        key="review.reject",
        label="Reject",
        entity=ProductReview,
        permission=Permission.REVIEWS_MODERATE,
        plan=plan_move(ReviewStatus.REJECTED, "Is not shown in the shop."),
        run=Chunk(run=_reject, size=2000),
        allowed_from=ReviewStatus.sources(ReviewStatus.REJECTED),
        form=ReviewRejectionForm,
        queue=QueueName.BULK,
        tone=Tone.DANGER,
        consequence="The reviews are not shown in the shop; vendors are told of those that were.",
    ),
)
