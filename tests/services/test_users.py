"""Administering users (B12, ACC-2, U7)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import user_sessions, users
from backoffice.services.constraints import refusal_for
from models import AuditLog, Product, StatusHistory, User, UserProfile, VendorProfile
from models.user import UserStatus
from tests.factories.acting import VISITOR, acting_for
from tests.factories.products import make_product
from tests.factories.users import PASSWORD, make_user, make_vendor

SYSTEM = Acting.system("command line")


@pytest.fixture
def admin(session: Session) -> User:
    return make_user(session, Role.ADMIN)


@pytest.fixture
def acting(admin: User) -> Acting:
    return acting_for(admin)


def _new(session: Session, acting: Acting, **values: object) -> User:
    defaults = {"email": "New@Example.org", "first_name": " Ada ", "last_name": "Byron", "role": Role.FINANCE}
    return users.create(session, acting=acting, **(defaults | values))


class TestCreate:
    def test_a_new_user_is_pending_with_a_profile(self, session: Session, acting: Acting) -> None:
        user = _new(session, acting, password=PASSWORD)
        assert (user.email, user.name, user.status) == ("new@example.org", "Ada Byron", UserStatus.PENDING)
        assert session.scalar(sa.select(sa.func.count()).where(UserProfile.user_id == user.id)) == 1
        assert users.find_by_email(session, "NEW@example.org") is user

    def test_a_vendor_has_a_vendor_profile(self, session: Session, acting: Acting) -> None:
        user = _new(session, acting, role=Role.VENDOR)
        assert session.scalar(sa.select(VendorProfile.verification_status).where(VendorProfile.vendor_id == user.id))

    def test_an_address_is_taken_once(self, session: Session, acting: Acting) -> None:
        _new(session, acting)
        with pytest.raises(DomainError, match="already has this e-mail"):
            _new(session, acting, email="new@EXAMPLE.org")

    @pytest.mark.parametrize(
        "values", [{"email": "nonsense"}, {"first_name": " "}, {"last_name": "a\x1b[31mb"}, {"password": "short"}]
    )
    def test_wrong_input(self, session: Session, acting: Acting, values: dict[str, str]) -> None:
        with pytest.raises(InvalidInputError):
            _new(session, acting, **values)

    def test_only_admins(self, session: Session) -> None:
        """ACC-2."""
        with pytest.raises(ForbiddenError):
            _new(session, acting_for(make_user(session, Role.FINANCE)))


class TestStatus:
    """B12: users.status."""

    def test_the_life_of_an_account(self, session: Session, acting: Acting) -> None:
        user = _new(session, acting, password=PASSWORD)
        users.activate(session, user_id=user.id, acting=acting)
        users.suspend(session, user_id=user.id, acting=acting, reason="complaint")
        users.reinstate(session, user_id=user.id, acting=acting)
        users.deactivate(session, user_id=user.id, acting=SYSTEM, reason="left")
        steps = session.execute(
            sa.select(StatusHistory.to_status, StatusHistory.actor, StatusHistory.reason)
            .where(StatusHistory.entity_id == user.id)
            .order_by(StatusHistory.id)
        )
        assert [tuple(step) for step in steps] == [
            ("active", "A", None),
            ("suspended", "A", "complaint"),
            ("active", "A", None),
            ("inactive", "A", "left"),
        ]

    def test_staff_without_a_password_is_not_activated(self, session: Session, acting: Acting) -> None:
        with pytest.raises(DomainError, match="Set a password first"):
            users.activate(session, user_id=_new(session, acting).id, acting=acting)

    def test_a_suspension_ends_by_reinstating_only(self, session: Session, acting: Acting) -> None:
        user = make_user(session, Role.FINANCE)
        with pytest.raises(DomainError, match="Only a suspended user"):
            users.reinstate(session, user_id=user.id, acting=acting)
        users.suspend(session, user_id=user.id, acting=acting, reason="fraud")
        with pytest.raises(DomainError, match="is reinstated"):
            users.activate(session, user_id=user.id, acting=acting)

    @pytest.mark.parametrize("role", [Role.VENDOR, Role.FINANCE])
    def test_everybody_may_leave_but_not_push_others(self, session: Session, admin: User, role: Role) -> None:
        user, other = make_user(session, role), make_user(session, role)
        with pytest.raises(ForbiddenError):
            users.deactivate(session, user_id=other.id, acting=acting_for(user))
        assert users.deactivate(session, user_id=user.id, acting=acting_for(user)).status is UserStatus.INACTIVE
        with pytest.raises(DomainError):
            users.suspend(session, user_id=user.id, acting=acting_for(admin), reason="late")

    def test_the_standing_of_a_vendor_is_no_matter_of_its_user_alone(self, session: Session, acting: Acting) -> None:
        """VEN-1: its effects are shown, and taken back, on the vendor profile only."""
        for status, change in (
            (UserStatus.ACTIVE, users.suspend),
            (UserStatus.SUSPENDED, users.reinstate),
            (UserStatus.SUSPENDED, users.deactivate),
        ):
            vendor = make_vendor(session, status=status)
            with pytest.raises(DomainError, match="on its vendor profile"):
                change(session, user_id=vendor.id, acting=acting, reason="late")
            assert vendor.status is status

    def test_nobody_suspends_himself(self, session: Session, admin: User, acting: Acting) -> None:
        with pytest.raises(ForbiddenError):
            users.suspend(session, user_id=admin.id, acting=acting, reason="tired")


class TestLastAdmin:
    """ACC-2: the last active admin stays."""

    @pytest.mark.parametrize("change", ["deactivate", "suspend", "change_role"])
    def test_refused_until_there_is_another(self, session: Session, admin: User, change: str) -> None:
        more = {"suspend": {"reason": "x"}, "change_role": {"role": Role.FINANCE}}.get(change, {})
        make_user(session, Role.ADMIN, status=UserStatus.INACTIVE)
        with pytest.raises(users.LastAdminError):
            getattr(users, change)(session, user_id=admin.id, acting=SYSTEM, **more)
        make_user(session, Role.ADMIN)
        getattr(users, change)(session, user_id=admin.id, acting=SYSTEM, **more)

    def test_the_database_refuses_too_and_says_the_same(self, session: Session, admin: User) -> None:
        with pytest.raises(IntegrityError) as refused, session.begin_nested():
            session.execute(sa.update(User).where(User.id == admin.id).values(status=UserStatus.INACTIVE))
        refusal = refusal_for(refused.value)
        assert (refusal.message, refusal.status) == (str(users.LastAdminError()), 409)


class TestChangeRole:
    """U7."""

    def test_it_ends_the_sessions_and_is_on_record(self, session: Session, acting: Acting) -> None:
        user = make_user(session, Role.LOGISTICS)
        token = user_sessions.start(session, user, acting=acting)
        users.change_role(session, user_id=user.id, role=Role.FINANCE, acting=acting, reason="moved")
        assert user_sessions.find(session, token, VISITOR) is None
        row = session.execute(sa.select(AuditLog).where(AuditLog.action == "role_changed")).scalar_one()
        assert (row.after, row.reason, row.actor_id) == (
            {"from": "logistics", "to": "finance"},
            "moved",
            acting.user_id,
        )

    def test_nobody_becomes_an_active_vendor_unseen(self, session: Session, acting: Acting) -> None:
        """VEN-3."""
        user = make_user(session, Role.LOGISTICS)
        with pytest.raises(DomainError, match="verified before it is active"):
            users.change_role(session, user_id=user.id, role=Role.VENDOR, acting=acting)
        users.deactivate(session, user_id=user.id, acting=acting)
        assert users.change_role(session, user_id=user.id, role=Role.VENDOR, acting=acting).role is Role.VENDOR

    def test_nobody_grants_to_himself(self, session: Session, admin: User, acting: Acting) -> None:
        make_user(session, Role.ADMIN)
        with pytest.raises(ForbiddenError):
            users.change_role(session, user_id=admin.id, role=Role.FINANCE, acting=acting)

    def test_customers_and_vendors_with_rows_stay_what_they_are(self, session: Session, acting: Acting) -> None:
        vendor = make_vendor(session)
        make_product(session, vendor=vendor)
        assert session.scalar(sa.select(sa.func.count()).select_from(Product)) == 1
        for user, role in (
            (make_user(session, Role.CUSTOMER), Role.ADMIN),
            (make_user(session, Role.FINANCE), Role.CUSTOMER),
            (vendor, Role.FINANCE),
        ):
            with pytest.raises(DomainError):
                users.change_role(session, user_id=user.id, role=role, acting=acting)


class TestSetPassword:
    """U1, U3."""

    def test_ones_own_and_by_an_admin_only(self, session: Session, acting: Acting) -> None:
        user, other = make_user(session, Role.VENDOR), make_user(session, Role.VENDOR)
        before = user.password_hash
        token = user_sessions.start(session, user, acting=acting)
        users.set_password(session, user_id=user.id, password="another horse battery", acting=acting_for(user))
        assert user.password_hash != before
        assert user_sessions.find(session, token, VISITOR) is None
        users.set_password(session, user_id=user.id, password="a third horse battery", acting=acting)
        with pytest.raises(ForbiddenError):
            users.set_password(session, user_id=other.id, password="another horse battery", acting=acting_for(user))

    def test_never_for_a_customer(self, session: Session, acting: Acting) -> None:
        customer = make_user(session, Role.CUSTOMER)
        with pytest.raises(DomainError, match="never signs in"):
            users.set_password(session, user_id=customer.id, password="another horse battery", acting=acting)
