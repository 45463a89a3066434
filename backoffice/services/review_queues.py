"""The review queues: what is in each of them, and which decision each key makes. Adding one is one declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from backoffice.errors import NotFoundError
from backoffice.permissions import Permission
from models import Dispute, Product, ProductChangeRequest, ProductReview
from models.base import Base
from models.canned_reply import CannedFor
from models.change_request import ChangeRequestStatus
from models.dispute import DisputeStatus
from models.product import ProductStatus
from models.product_review import ReviewStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """Rows of one entity that wait for a decision, the oldest first."""

    key: str
    label: str
    entity: type[Base]
    waiting: Callable[[], sa.ColumnElement[bool]]
    #: The action of each key: `a` approves, `r` rejects, `c` asks for changes.
    actions: Mapping[str, str]
    permission: Permission
    #: Which canned texts are offered.
    replies: CannedFor


QUEUES: Final[Mapping[str, ReviewQueue]] = {
    queue.key: queue
    for queue in (
        ReviewQueue(
            key="products",
            label="Products to review",
            entity=Product,
            waiting=lambda: Product.status == ProductStatus.PENDING,
            actions={"a": "product.approve", "r": "product.reject"},
            permission=Permission.PRODUCTS_MODERATE,
            replies=CannedFor.PRODUCT,
        ),
        ReviewQueue(
            key="changes",
            label="Product changes to review",
            entity=ProductChangeRequest,
            waiting=lambda: ProductChangeRequest.status == ChangeRequestStatus.PENDING,
            actions={"a": "change_request.approve", "r": "change_request.reject", "c": "change_request.ask"},
            permission=Permission.PRODUCTS_MODERATE,
            replies=CannedFor.PRODUCT,
        ),
        ReviewQueue(
            key="reviews",
            label="Reviews to moderate",
            entity=ProductReview,
            waiting=lambda: ProductReview.status == ReviewStatus.PENDING,
            actions={"a": "review.approve", "r": "review.reject"},
            permission=Permission.REVIEWS_MODERATE,
            replies=CannedFor.REVIEW,
        ),
        ReviewQueue(
            key="disputes",
            label="Disputes without anybody",
            entity=Dispute,
            # One that was given to somebody by the clock is open until that person begins (DSP-7).
            waiting=lambda: sa.and_(Dispute.status == DisputeStatus.OPEN, Dispute.assigned_to.is_(None)),
            actions={"a": "dispute.assign", "r": "dispute.close", "c": "dispute.message"},
            permission=Permission.DISPUTES_WORK,
            replies=CannedFor.DISPUTE,
        ),
    )
}


def get(key: str) -> ReviewQueue:
    """The queue called `key`. Raises `NotFoundError`."""
    try:
        return QUEUES[key]
    except KeyError:
        raise NotFoundError from None
