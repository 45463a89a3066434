"""Staff, vendors and customers."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from models import User, VendorProfile
from models.base import uuid7
from models.user import UserStatus
from models.vendor_profile import VerificationStatus

#: The password of every user made here.
PASSWORD = "correct horse battery"


@cache
def password_hash() -> str:
    """argon2id hash of `PASSWORD`, computed once a process because it is slow on purpose."""
    return PasswordHasher().hash(PASSWORD)


def make_user(session: Session, role: Role = Role.ADMIN, **values: Any) -> User:
    """An active user; customers have no password, because they never sign in."""
    mark = uuid.uuid4().hex[:12]
    defaults: dict[str, Any] = {
        "id": uuid7(),
        "email": f"{role}-{mark}@example.test",
        "first_name": role.label,
        "last_name": mark,
        "status": UserStatus.ACTIVE,
        "email_verified": True,
        "password_hash": None if role is Role.CUSTOMER else password_hash(),
    }
    user = User(role=role, **(defaults | values))
    session.add(user)
    session.flush()
    return user


def make_vendor(session: Session, *, profile: dict[str, Any] | None = None, **values: Any) -> User:
    """An active vendor, verified, with a payout account; `profile` overrides columns of the vendor profile."""
    vendor = make_user(session, Role.VENDOR, **values)
    defaults: dict[str, Any] = {
        "verification_status": VerificationStatus.APPROVED,
        "stripe_account_id": f"acct_{vendor.id.hex[-16:]}",
        "payouts_enabled": True,
        "stripe_customer_id": f"cus_{vendor.id.hex[-16:]}",
        "stripe_payment_method_id": "pm_card_visa",
    }
    session.add(VendorProfile(vendor_id=vendor.id, **(defaults | (profile or {}))))
    session.flush()
    return vendor
