"""Products: approve, reject, take down, list in the shop and take off it; submit and withdraw (vendors)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Form, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from backoffice.acting import Acting
from backoffice.actions.base import Action, Chunk, Inputs, Plan, Settled, Target, Verdict
from backoffice.actions.choices import choices
from backoffice.actions.moves import plan_move, seen, settled
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services import products
from backoffice.services.change_requests import end
from backoffice.services.product_content import REVIEWED
from backoffice.services.subscriptions import limits
from backoffice.services.transitions import Outcome
from models import Product
from models.operation import QueueName
from models.product import ProductStatus, RejectionReason

#: Targets a transaction; some 20 ms of locks each 100 rows.
CHUNK = 2000


class RejectionForm(Form):
    """Why a product may not be sold, for the records and for the vendor (MOD-2)."""

    reason = SelectField("Reason", choices=choices(RejectionReason, none="Choose one"), validators=[DataRequired()])
    message = TextAreaField(
        "Message to the vendor",
        description="The vendor reads this word for word.",
        validators=[InputRequired("Tell the vendor why."), Length(max=2000)],
    )
    note = TextAreaField(
        "Internal note", description="Stays inside the house.", validators=[Optional(), Length(max=2000)]
    )


def _move(decide: Callable[..., list[Outcome]], to: ProductStatus, done: str) -> Chunk:
    """A chunk decided by one of the functions of `services.products` that take no reason."""

    def run(
        session: Session, targets: Sequence[Target], _inputs: Inputs, acting: Acting
    ) -> Mapping[uuid.UUID, Settled]:
        return settled(decide(session, seen(targets), acting=acting), to, acting, done)

    return Chunk(run=run, size=CHUNK, together="vendor_id")


def _turn_down(decide: Callable[..., list[Outcome]], done: str) -> Chunk:
    """A chunk turned down with the reason and message of the form."""

    def run(session: Session, targets: Sequence[Target], inputs: Inputs, acting: Acting) -> Mapping[uuid.UUID, Settled]:
        reason, message = RejectionReason(inputs["reason"]), str(inputs["message"])
        outcomes = decide(
            session, seen(targets), reason=reason, message=message, note=inputs.get("note"), acting=acting
        )
        return settled(outcomes, ProductStatus.REJECTED, acting, done)

    return Chunk(run=run, size=CHUNK, together="vendor_id")


def _plan_submit(session: Session, rows: Sequence[Product], inputs: Inputs, acting: Acting) -> list[Verdict]:
    """As any step, and within what the vendor's plan allows (SUB-6)."""
    over = limits.too_many(session, [row.id for row in rows], lock=False)
    steps = plan_move(ProductStatus.PENDING, "Goes to review as it is now.")(session, rows, inputs, acting)
    return [
        Verdict(target_id=step.target_id, ok=False, message=limits.TOO_MANY, code="not_allowed")
        if step.ok and step.target_id in over
        else step
        for step in steps
    ]


def _plan_activate(session: Session, rows: Sequence[Product], inputs: Inputs, acting: Acting) -> list[Verdict]:
    """As any step, but for what waits for a decision about its change (MOD-3)."""
    off = end.taken_off(session, [row.id for row in rows])
    steps = plan_move(ProductStatus.ACTIVE, "Can be bought from then on.")(session, rows, inputs, acting)
    return [
        Verdict(target_id=step.target_id, ok=False, message=end.TAKEN_OFF, code="not_allowed")
        if step.ok and step.target_id in off
        else step
        for step in steps
    ]


def _action(verb: str, label: str, to: ProductStatus, run: Chunk, plan: str | Plan, **options: Any) -> Action:
    return Action(
        key=f"product.{verb}",
        label=label,
        entity=Product,
        plan=plan_move(to, plan) if isinstance(plan, str) else plan,
        run=run,
        queue=QueueName.BULK,
        version_attribute="content_version",
        **options,
    )


ACTIONS = (
    _action(
        "approve",
        "Approve",
        ProductStatus.APPROVED,
        _move(products.approve, ProductStatus.APPROVED, "Approved."),
        "Is approved as you see it; the vendor is told.",
        permission=Permission.PRODUCTS_MODERATE,
        allowed_from=frozenset({ProductStatus.PENDING}),
        tone=Tone.SUCCESS,
        consequence="Vendors may list approved products in the shop.",
    ),
    _action(
        "reject",
        "Reject",
        ProductStatus.REJECTED,
        _turn_down(products.reject, "Rejected."),
        "Is rejected; the vendor is told why and may improve it.",
        permission=Permission.PRODUCTS_MODERATE,
        allowed_from=frozenset({ProductStatus.PENDING}),
        form=RejectionForm,
        tone=Tone.DANGER,
        consequence="Vendors get your message and may hand the product in again.",
    ),
    _action(
        "take_down",
        "Take down",
        ProductStatus.REJECTED,
        _turn_down(products.take_down, "Taken down."),
        "Leaves the shop at once; the vendor is told why.",
        permission=Permission.PRODUCTS_MODERATE,
        allowed_from=REVIEWED,
        form=RejectionForm,
        tone=Tone.DANGER,
        consequence="The products can no longer be bought. Orders already placed go on.",
    ),
    _action(
        "activate",
        "List in the shop",
        ProductStatus.ACTIVE,
        _move(products.activate, ProductStatus.ACTIVE, "Listed in the shop."),
        _plan_activate,
        permission=Permission.PRODUCTS_WRITE,
        allowed_from=ProductStatus.sources(ProductStatus.ACTIVE),
        tone=Tone.SUCCESS,
    ),
    _action(
        "deactivate",
        "Take off the shop",
        ProductStatus.INACTIVE,
        _move(products.deactivate, ProductStatus.INACTIVE, "Taken off the shop."),
        "Can no longer be bought; can be listed again without a review.",
        permission=Permission.PRODUCTS_WRITE,
        allowed_from=ProductStatus.sources(ProductStatus.INACTIVE),
        tone=Tone.WARNING,
    ),
    _action(
        "submit",
        "Submit for review",
        ProductStatus.PENDING,
        _move(products.submit, ProductStatus.PENDING, "Submitted for review."),
        _plan_submit,
        permission=Permission.PRODUCTS_WRITE,
        allowed_from=frozenset({ProductStatus.DRAFT, ProductStatus.REJECTED}),
    ),
    _action(
        "withdraw",
        "Withdraw",
        ProductStatus.DRAFT,
        _move(products.withdraw, ProductStatus.DRAFT, "Withdrawn; it is a draft again."),
        "Leaves the review and is a draft again.",
        permission=Permission.PRODUCTS_SELL,
        allowed_from=ProductStatus.sources(ProductStatus.DRAFT),
    ),
)
