"""Products in the panels: moderated by admins, sold by vendors, weighed and counted by logistics."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.permissions import Permission, Role
from backoffice.services.vendors import shop
from models import Product
from models.product import ProductStatus
from models.searchable_name import NameKind
from views.access import Access, Asked, Entity, Named, Related
from views.columns import Kind, computed
from views.listing.search import exact, full_text

_SOLD = (
    "name", "slug", "category_id", "short_description", "description", "price", "compare_price", "currency", "sku",
    "stock_quantity", "min_stock_level", "tracks_stock", "allows_backorder", "visibility", "images",
    "specifications", "weight", "length", "width", "height", "is_digital", "requires_shipping", "seo_meta",
)  # fmt: skip
#: A currency is chosen once: amounts of the past would change their meaning.
_EDITED = tuple(name for name in _SOLD if name != "currency")
_DETAIL = (
    "name", "status", "visibility", "price", "compare_price", "sku", "category_id", "stock_quantity",
    "min_stock_level", "tracks_stock", "allows_backorder", "short_description", "description", "weight",
    "length", "width", "height", "is_digital", "requires_shipping", "images", "specifications",
    "variants", "rejection_reason", "rejection_message",
    "published_at", "created_at", "updated_at",
)  # fmt: skip


_ROWS = (
    Related(noun="product_changes", via="product_id"),
    Related(noun="reviews", via="product_id"),
    Related(noun="stock_movements", via="product_id"),
)


_COUNTED = sa.and_(Product.tracks_stock, Product.status.in_((ProductStatus.APPROVED, ProductStatus.ACTIVE)))
_STOCK = Asked(
    key="stock",
    label="Stock",
    options={
        "low": ("Low", sa.and_(_COUNTED, Product.stock_quantity <= Product.min_stock_level)),
        "out": ("None left", sa.and_(_COUNTED, Product.stock_quantity <= 0)),
    },
)
_ON_SALE = computed("on_sale", "On sale", shop.sellable(), kind=Kind.BOOL)
#: A product of a suspended vendor is active and not on sale (VEN-1).
_BY_SALE = Asked(
    key="on_sale",
    label="On sale",
    options={"yes": ("On sale now", shop.sellable()), "no": ("Not on sale", sa.not_(shop.sellable()))},
)


def _prepare(_session: Session, product: Any, acting: Acting) -> Any:
    """A vendor's new product is the vendor's own."""
    if acting.vendor_id is not None:
        product.vendor_id = acting.vendor_id
    return product


ENTITY = Entity(
    noun="products",
    model=Product,
    label="Products",
    singular="Product",
    group="Catalogue",
    search=(exact(Product.sku), full_text(Product.search_vector)),
    named=Named(kind=NameKind.PRODUCT),
    note="sku",
    imports=("sku", "slug"),
    prepare=_prepare,
    access={
        Role.ADMIN: Access(
            columns=("name", "sku", "vendor_id", "category_id", "status", "price", "stock_quantity", "created_at"),
            detail=(*_DETAIL, _ON_SALE, "vendor_id", "commission_rate_override", "reviewed_by", "reviewed_at",
                    "reviewed_version", "content_version", "slug", "seo_meta"),
            filters=("status", "category_id", "vendor_id", "price", "created_at"),
            asked=(_BY_SALE,),
            sorts=("-created_at", "price", "name", "stock_quantity"),
            create=("vendor_id", *_SOLD, "commission_rate_override"),
            edit=_EDITED,
            delete=True,
            write=Permission.PRODUCTS_WRITE,
            related=_ROWS,
            history=True,
        ),
        Role.LOGISTICS: Access(
            columns=("name", "sku", "vendor_id", "weight", "length", "width", "height", "stock_quantity"),
            filters=("vendor_id",),
            sorts=("-created_at", "name", "stock_quantity"),
            related=(Related(noun="stock_movements", via="product_id"),),
        ),
        Role.VENDOR: Access(
            columns=("name", "sku", "category_id", "status", "price", "stock_quantity", "created_at"),
            detail=(*_DETAIL, _ON_SALE),
            filters=("status", "category_id", "price", "created_at"),
            asked=(_STOCK,),
            create=_SOLD,
            edit=_EDITED,
            write=Permission.PRODUCTS_WRITE,
            related=_ROWS,
            history=True,
        ),
    },
)  # fmt: skip
