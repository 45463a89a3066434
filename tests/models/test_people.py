"""Triggers about people and the category tree."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.permissions import Role
from models import Category, User, UserProfile
from models.user import UserStatus
from tests.factories import make_category, make_user
from tests.models.refusals import refused


def test_each_user_gets_one_profile(session: Session) -> None:
    """Data model C1.3."""
    user = make_user(session, Role.CUSTOMER)
    profiles = session.scalars(sa.select(UserProfile).where(UserProfile.user_id == user.id)).all()
    assert len(profiles) == 1
    with refused(session, "uq_user_profiles_user_id"):
        session.add(UserProfile(user_id=user.id))


@pytest.mark.parametrize(
    "change", [{"role": Role.FINANCE}, {"status": UserStatus.SUSPENDED}, {"deleted_at": sa.func.now()}]
)
def test_the_last_admin_stays(session: Session, change: dict[str, object]) -> None:
    """ACC-2: of two admins one may go, the last may not."""
    first, last = make_user(session), make_user(session)
    session.execute(sa.update(User).where(User.id == first.id).values(change))
    with refused(session, "tr_users_last_admin"):
        session.execute(sa.update(User).where(User.id == last.id).values(change))


def test_the_last_admin_is_not_deleted(session: Session) -> None:
    """ACC-2."""
    admin = make_user(session)
    session.execute(sa.delete(UserProfile).where(UserProfile.user_id == admin.id))
    with refused(session, "tr_users_last_admin"):
        session.execute(sa.delete(User).where(User.id == admin.id))


def test_email_is_unique_among_users_that_are_not_deleted(session: Session) -> None:
    user = make_user(session, Role.VENDOR)
    with refused(session, "uq_users_email"):
        make_user(session, Role.VENDOR, email=user.email)
    user.deleted_at = session.scalar(sa.select(sa.func.now()))
    session.flush()
    make_user(session, Role.VENDOR, email=user.email)


def _chain(session: Session, length: int) -> list[Category]:
    chain: list[Category] = []
    for _ in range(length):
        chain.append(make_category(session, parent_id=chain[-1].id if chain else None))
    return chain


def test_categories_have_no_cycle(session: Session) -> None:
    """Data model C2.21."""
    top, _, bottom = _chain(session, 3)
    with refused(session, "tr_categories_cycle"):
        session.execute(sa.update(Category).where(Category.id == top.id).values(parent_id=bottom.id))


def test_categories_have_six_levels_at_most(session: Session) -> None:
    """Data model C2.21: counted from the root to the deepest child of what is moved."""
    deep = _chain(session, 6)
    with refused(session, "tr_categories_depth"):
        make_category(session, parent_id=deep[-1].id)
    pair = _chain(session, 2)
    with refused(session, "tr_categories_depth"):
        session.execute(sa.update(Category).where(Category.id == pair[0].id).values(parent_id=deep[4].id))
    session.execute(sa.update(Category).where(Category.id == pair[0].id).values(parent_id=deep[3].id))
