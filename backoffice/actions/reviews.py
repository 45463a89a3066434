"""Reviews: approve and reject, which vendors never do (RVW-1), and what a vendor answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Chunk, Each, Inputs, Settled, Target, Verdict
from backoffice.actions.choices import choices
from backoffice.actions.moves import plan_move, seen, settled
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import review_responses, reviews
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


class ResponseForm(Form):
    """What stands below the review, for everybody to read."""

    response = TextAreaField("Your answer", validators=[DataRequired("Write the answer."), Length(max=2000)])

    @classmethod
    def for_target(cls, _session: Session, review: ProductReview) -> dict[str, Any]:
        """Initial values: the answer of before."""
        return {"response": review.vendor_response}


class ResponseRemovalForm(Form):
    """Why an answer is taken down."""

    reason = TextAreaField("What is wrong", validators=[DataRequired("Say why."), Length(max=2000)])


def _plan_respond(_session: Session, rows: Sequence[ProductReview], _inputs: Inputs, _acting: Acting) -> list[Verdict]:
    return [
        Verdict(
            target_id=row.id,
            ok=True,
            message="Takes the place of your answer."
            if row.vendor_response
            else "Everybody reads it below the review.",
        )
        for row in rows
    ]


def _plan_take_down(
    _session: Session, rows: Sequence[ProductReview], _inputs: Inputs, _acting: Acting
) -> list[Verdict]:
    return [
        Verdict(target_id=row.id, ok=False, message=review_responses.NOTHING_SAID, code="no_response")
        if row.vendor_response is None
        else Verdict(target_id=row.id, ok=True, message="The answer goes; the review stays.")
        for row in rows
    ]


def _respond(session: Session, review: ProductReview, inputs: Inputs, acting: Acting) -> str:
    review_responses.respond(session, review, text=str(inputs["response"]), acting=acting)
    return "Answered."


def _take_down(session: Session, review: ProductReview, inputs: Inputs, acting: Acting) -> str:
    review_responses.take_down(session, review, reason=str(inputs["reason"]), acting=acting)
    return "The answer is taken down; the vendor is told."


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
    Action(
        key="review.respond",
        label="Answer",
        entity=ProductReview,
        permission=Permission.REVIEWS_RESPOND,
        plan=_plan_respond,
        run=Each(run=_respond),
        allowed_from=frozenset({ReviewStatus.APPROVED}),
        form=ResponseForm,
        bulk=False,
        consequence="Customers read it below the review, under the name of your shop.",
    ),
    Action(
        key="review.remove_response",
        label="Take the answer down",
        entity=ProductReview,
        permission=Permission.REVIEWS_MODERATE,
        plan=_plan_take_down,
        run=Each(run=_take_down),
        form=ResponseRemovalForm,
        bulk=False,
        tone=Tone.WARNING,
        consequence="The vendor is told why, and may answer anew.",
    ),
)
