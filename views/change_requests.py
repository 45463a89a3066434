"""Changes of reviewed products: what vendors want, decided by admins, as a picture of both sides (MOD-3, MOD-4)."""

from __future__ import annotations

from typing import Any

from backoffice.permissions import Role
from backoffice.services import scope
from models import ModerationDecision, Product, ProductChangeRequest
from views.access import Access, Entity, Related
from views.base import EntityView
from views.change_diff import differences
from views.current import acting, form, session
from views.listing.search import through

_OUTCOME = ("reason", "message", "decided_at", "unpublished", "created_at", "updated_at")

ENTITY = Entity(
    noun="product_changes",
    model=ProductChangeRequest,
    label="Product changes",
    singular="Product change",
    note="product_id",
    group="Catalogue",
    search=(through(ProductChangeRequest.product_id, Product.sku),),
    access={
        Role.ADMIN: Access(
            columns=("product_id", "vendor_id", "status", "unpublished", "created_at"),
            detail=("product_id", "vendor_id", "status", *_OUTCOME, "decided_by", "content_version"),
            filters=("status", "vendor_id", "product_id", "created_at"),
            related=(Related(noun="moderation_decisions", via="entity_id"),),
            history=True,
        ),
        Role.VENDOR: Access(
            columns=("product_id", "status", "reason", "created_at"),
            detail=("product_id", "status", *_OUTCOME),
            filters=("status", "product_id", "created_at"),
            history=True,
        ),
    },
)
DECISIONS = Entity(
    noun="moderation_decisions",
    model=ModerationDecision,
    label="Moderation decisions",
    singular="Moderation decision",
    group="System",
    access={
        Role.ADMIN: Access(
            columns=("entity", "verdict", "vendor_id", "decided_by", "rule", "reason", "created_at"),
            detail=("entity", "entity_id", "vendor_id", "verdict", "seen_version", "decided_by", "rule", "reason",
                    "message", "note", "created_at"),
            filters=("vendor_id", "decided_by", "created_at"),
            search=False,
        ),
    },
)  # fmt: skip


class ChangeRequestView(EntityView):
    """The record page shows both sides."""

    record_template = "products/change.html"

    def more(self, row_id: Any) -> dict[str, Any]:
        """The differences between the shop and the proposal."""
        request = scope.get_visible(session(), ProductChangeRequest, row_id, acting())
        return {"differences": differences(session(), request, form())}
