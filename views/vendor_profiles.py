"""What was agreed with a vendor, and where its money goes."""

from __future__ import annotations

from backoffice.permissions import Permission, Role
from models import User, VendorProfile
from models.searchable_name import NameKind
from views.access import Access, Entity, Named, OwnTab, Related
from views.columns import Kind, computed
from views.listing.search import through

_BANK = ("bank_name", "bank_last4", "bank_country", "bank_changed_at")
_STANDING = computed("standing", "Status", VendorProfile.standing, kind=Kind.ENUM)
_DETAIL = ("vendor_id", _STANDING, "verification_status", "terminated_at", "commission_rate", "hold_days",
           "payout_schedule", "paid_by_hand",
           "stripe_account_id", "payouts_enabled", "payout_currencies",
           "stripe_customer_id", "stripe_payment_method_id",
           "requirements_past_due", *_BANK, "created_at", "updated_at")  # fmt: skip
_COLUMNS = ("vendor_id", _STANDING, "verification_status", "commission_rate", "payouts_enabled",
            "requirements_past_due")  # fmt: skip

_SCORECARD = (OwnTab(label="Scorecard", template="vendors/scorecard.html"),)

ENTITY = Entity(
    noun="vendor_profiles",
    model=VendorProfile,
    label="Vendor profiles",
    singular="Vendor profile",
    group="People",
    search=(through(VendorProfile.vendor_id, User.email, lower=True),),
    named=Named(kind=NameKind.PERSON, via="vendor_id", reads=("vendor_id",)),
    note="vendor_id",
    access={
        Role.ADMIN: Access(
            columns=_COLUMNS,
            detail=_DETAIL,
            filters=("vendor_id", "verification_status", "payouts_enabled"),
            sorts=("-id",),
            edit=("hold_days", "payout_schedule", "paid_by_hand"),
            write=Permission.USERS_WRITE,
            related=(
                Related(noun="vendor_requirements", via="profile_id", tab="Checklist"),
                Related(noun="vendor_decisions", via="profile_id", tab="Decisions"),
            ),
            own_tabs=_SCORECARD,
            history=True,
        ),
        Role.FINANCE: Access(
            columns=_COLUMNS,
            detail=_DETAIL,
            filters=("vendor_id", "verification_status", "payouts_enabled"),
            sorts=("-id",),
            own_tabs=_SCORECARD,
        ),
        Role.VENDOR: Access(
            columns=_COLUMNS[1:],
            related=(Related(noun="vendor_requirements", via="profile_id", tab="Checklist"),),
            own_tabs=_SCORECARD,
            detail=("verification_status", "commission_rate", "hold_days", "payout_schedule", "paid_by_hand",
                    "payouts_enabled", "requirements_past_due",
                    *_BANK),
            sorts=("-id",),
            search=False,
            export=None,
        ),
    },
)  # fmt: skip
