"""The tree of categories."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import Category
from models.searchable_name import NameKind
from views.access import Access, Entity, Named, Related
from views.listing.search import exact

_FORM = ("name", "slug", "parent_id", "description", "image_url", "sort_order", "is_active")

ENTITY = Entity(
    noun="categories",
    model=Category,
    label="Categories",
    singular="Category",
    group="Catalogue",
    search=(exact(Category.slug), exact(Category.name)),
    imports=("slug", "name"),
    named=Named(kind=NameKind.CATEGORY),
    access={
        Role.ADMIN: Access(
            columns=("name", "slug", "parent_id", "sort_order", "is_active"),
            detail=(*_FORM, "created_at", "updated_at"),
            filters=("parent_id", "is_active"),
            sorts=("sort_order",),
            create=_FORM,
            edit=_FORM,
            delete=True,
            write=Permission.CATEGORIES_WRITE,
            related=(Related(noun="categories", via="parent_id"), Related(noun="products", via="category_id")),
        ),
        Role.VENDOR: Access(
            columns=("name", "parent_id", "description"),
            filters=("parent_id",),
            sorts=("sort_order",),
            export=None,
        ),
    },
)
