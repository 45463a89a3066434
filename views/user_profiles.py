"""Business and legal facts of users; the database makes the row with its user."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import User, UserProfile
from models.searchable_name import NameKind
from views.access import Access, Entity, Named
from views.listing.search import through
from views.masks import masked_tail

_ADDRESS = ("address_line1", "address_line2", "city", "state", "postal_code", "country")
_FORM = ("company_name", "bio", "website", *_ADDRESS, "tax_id", "business_license")

ENTITY = Entity(
    noun="user_profiles",
    model=UserProfile,
    label="Profiles",
    singular="Profile",
    group="People",
    search=(through(UserProfile.user_id, User.email, lower=True),),
    named=Named(kind=NameKind.COMPANY, reads=("company_name",)),
    note="company_name",
    access={
        Role.ADMIN: Access(
            columns=("company_name", "user_id", "city", "country", "created_at"),
            detail=("user_id", *_FORM, "extra", "created_at", "updated_at"),
            filters=("user_id",),
            sorts=("-id",),
            edit=(*_FORM, "extra"),
            write=Permission.USERS_WRITE,
        ),
        Role.FINANCE: Access(
            columns=("company_name", "user_id", masked_tail("tax_id", "Tax ID", UserProfile.tax_id), "country"),
            detail=("user_id", "company_name", *_ADDRESS, masked_tail("tax_id", "Tax ID", UserProfile.tax_id)),
            filters=("user_id",),
            sorts=("-id",),
        ),
        Role.VENDOR: Access(
            columns=("company_name", "website", "city", "country"),
            detail=_FORM,
            sorts=("-id",),
            search=False,
            export=None,
            edit=("company_name", "bio", "website", *_ADDRESS),
            write=Permission.PRODUCTS_SELL,
        ),
    },
)
