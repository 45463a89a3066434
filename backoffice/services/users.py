"""The people who work here: make them, switch them on and off, give them another role or password (B12, ACC-2).

Each change ends the person's sessions in the same transaction. Only users with `users:write` (or the command line,
which stands in for an admin) may change others, and nobody changes his own rights (U7).
"""

from __future__ import annotations

import uuid
from typing import Final

import email_validator
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.permissions import Permission, Role
from backoffice.services import audit, impersonations, passwords, transitions, user_sessions
from backoffice.services.vendors import checklist
from models.order import Order
from models.product import Product
from models.user import User, UserStatus
from models.vendor_profile import VendorProfile

_MAX_NAME = 100
OF_VENDORS: Final = "A vendor is suspended and reinstated on its vendor profile, which shows first what that does."


class LastAdminError(DomainError):
    """Somebody must stay who can undo things (ACC-2)."""

    code = "last_admin"

    def __init__(self) -> None:
        super().__init__("This is the last active admin: make somebody else an admin first.")


def create(
    session: Session,
    *,
    email: str,
    first_name: str,
    last_name: str,
    role: Role,
    acting: Acting,
    password: str | None = None,
) -> User:
    """A new pending user; activate it to let it sign in. Raises `InvalidInputError`, or refuses a taken address."""
    _require(acting)
    address = normalise_email(email)
    if find_by_email(session, address) is not None:
        raise DomainError("Another user already has this e-mail address.", code="email_taken")
    user = User(
        email=address,
        first_name=_name(first_name, "first_name"),
        last_name=_name(last_name, "last_name"),
        role=role,
        status=UserStatus.PENDING,
        password_hash=passwords.make(password) if password is not None else None,
    )
    session.add(user)
    session.flush()
    if role is Role.VENDOR:
        session.add(VendorProfile(vendor_id=user.id))
        session.flush()
    return user


def find_by_email(session: Session, email: str) -> User | None:
    """The user of this address, deleted ones left out; None when there is none."""
    return session.scalars(
        sa.select(User).where(User.email == email.strip().lower(), User.deleted_at.is_(None))
    ).one_or_none()


def activate(session: Session, *, user_id: uuid.UUID, acting: Acting, reason: str | None = None) -> User:
    """Let a pending or inactive user work. Refuses staff without a password, and unverified vendors (VEN-3)."""
    user = _locked(session, user_id)
    if user.status is UserStatus.SUSPENDED:
        raise DomainError("A suspended user is reinstated, not activated.", code="illegal_transition")
    if user.role is Role.VENDOR and (absent := checklist.why_not_active(session, user.id)):
        raise DomainError(absent, code="checklist_incomplete")
    return _admit(session, user, acting=acting, reason=reason)


def reinstate(session: Session, *, user_id: uuid.UUID, acting: Acting, reason: str | None = None) -> User:
    """End a suspension. Refuses vendors, of whom more is taken back (VEN-1)."""
    user = _locked(session, user_id)
    _refuse_vendor(user)
    if user.status is not UserStatus.SUSPENDED:
        raise DomainError("Only a suspended user can be reinstated.", code="illegal_transition")
    return _admit(session, user, acting=acting, reason=reason)


def deactivate(session: Session, *, user_id: uuid.UUID, acting: Acting, reason: str | None = None) -> User:
    """Switch a user off and end its sessions; everybody may do this to himself. Raises `LastAdminError`."""
    user = _locked(session, user_id)
    if acting.user_id != user.id:
        _require(acting)
    if user.status is UserStatus.SUSPENDED:
        _refuse_vendor(user)
    _keep_an_admin(session, user)
    _move(session, user, UserStatus.INACTIVE, acting=acting, reason=reason)
    return user


def suspend(session: Session, *, user_id: uuid.UUID, acting: Acting, reason: str) -> User:
    """Shut a user out for the stated reason and end its sessions. Raises `LastAdminError`; refuses vendors (VEN-1)."""
    user = _locked(session, user_id)
    _require(acting)
    _refuse_vendor(user)
    if acting.user_id == user.id:
        raise ForbiddenError("Nobody suspends himself: ask another admin.")
    _keep_an_admin(session, user)
    _move(session, user, UserStatus.SUSPENDED, acting=acting, reason=reason)
    return user


def change_role(session: Session, *, user_id: uuid.UUID, role: Role, acting: Acting, reason: str | None = None) -> User:
    """Give a user another role and end its sessions. Raises `LastAdminError`; nobody grants to himself (U7)."""
    user = _locked(session, user_id)
    _require(acting)
    if acting.user_id == user.id:
        raise ForbiddenError("Nobody changes his own role: ask another admin.")
    if user.role is role:
        return user
    _refuse_crossing(session, user, role)
    _keep_an_admin(session, user)
    before, user.role = user.role, role
    if role is Role.VENDOR:
        session.add(VendorProfile(vendor_id=user.id))
    session.flush()
    audit.record(
        session,
        audit.Event.ROLE_CHANGED,
        acting=acting,
        entity=User.__tablename__,
        entity_id=user.id,
        after={"from": before.value, "to": role.value},
        reason=reason,
    )
    user_sessions.end_all(session, user.id, reason="role changed", acting=acting)
    impersonations.end_of_user(session, user.id, reason="role changed", acting=acting)
    return user


def set_password(
    session: Session, *, user_id: uuid.UUID, password: str, acting: Acting, but: uuid.UUID | None = None
) -> User:
    """Give a user a new password and end its sessions, also one's own, `but` one. Raises `InvalidInputError` (U1)."""
    user = _locked(session, user_id)
    if acting.user_id != user.id:
        _require(acting)
    if user.role is Role.CUSTOMER:
        raise DomainError("A customer never signs in, so there is no password to set.", code="customer")
    user.password_hash = passwords.make(password)
    user.reset_token = user.reset_token_expires = None
    session.flush()
    audit.record(session, audit.Event.PASSWORD_CHANGED, acting=acting, entity=User.__tablename__, entity_id=user.id)
    user_sessions.end_all(session, user.id, reason="password changed", acting=acting, but=but)
    return user


def normalise_email(email: str) -> str:
    """The address as it is stored: checked by the RFC, in lower case. Raises `InvalidInputError`."""
    try:
        return email_validator.validate_email(email, check_deliverability=False).normalized.lower()
    except email_validator.EmailNotValidError as error:
        raise InvalidInputError(str(error), field="email") from None


def _locked(session: Session, user_id: uuid.UUID) -> User:
    user = session.scalars(
        sa.select(User)
        .where(User.id == user_id, User.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if user is None:
        raise NotFoundError("There is no such user.")
    return user


def _require(acting: Acting) -> None:
    if not acting.may(Permission.USERS_WRITE):
        raise ForbiddenError("Only admins administer users.")


def _admit(session: Session, user: User, *, acting: Acting, reason: str | None) -> User:
    _require(acting)
    if user.password_hash is None and user.role is not Role.CUSTOMER:
        raise DomainError("Set a password first: without one this user could not sign in.", code="no_password")
    _move(session, user, UserStatus.ACTIVE, acting=acting, reason=reason)
    return user


def _move(session: Session, user: User, to: UserStatus, *, acting: Acting, reason: str | None) -> None:
    """Change the status with its history; the command line stands in for an admin (B12)."""
    transitions.move(
        session, user, to, acting=acting, reason=reason, actor=Actor.ADMIN if acting.role is None else None
    )
    if to is not UserStatus.ACTIVE:
        user_sessions.end_all(session, user.id, reason=to.value, acting=acting)
        impersonations.end_of_user(session, user.id, reason=to.value, acting=acting)


def _refuse_vendor(user: User) -> None:
    """More than a user's status follows from the standing of a vendor."""
    if user.role is Role.VENDOR:
        raise DomainError(OF_VENDORS, code="vendor")


def _keep_an_admin(session: Session, user: User) -> None:
    """Refuse to lose the last active admin; two admins who remove each other take turns (ACC-2)."""
    if user.role is not Role.ADMIN or user.status is not UserStatus.ACTIVE:
        return
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("last_admin", 0))))
    admins = session.scalars(
        sa.select(User.id).where(User.role == Role.ADMIN, User.status == UserStatus.ACTIVE, User.deleted_at.is_(None))
    ).all()
    if set(admins) <= {user.id}:
        raise LastAdminError


def _refuse_crossing(session: Session, user: User, role: Role) -> None:
    """Customers stay data subjects, and rows of a vendor stay a vendor's."""
    if Role.CUSTOMER in {user.role, role}:
        raise DomainError("Customers and staff are different people here: make a new user.", code="customer")
    if role is Role.VENDOR and user.status is UserStatus.ACTIVE:
        raise DomainError("A vendor is verified before it is active: deactivate this user first.", code="not_verified")
    if user.role is not Role.VENDOR:
        return
    owns = sa.or_(sa.exists().where(Product.vendor_id == user.id), sa.exists().where(Order.vendor_id == user.id))
    if session.scalar(sa.select(owns)):
        raise DomainError("This vendor has products or orders, so it stays a vendor.", code="vendor_has_rows")


def _name(text: str, field: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise InvalidInputError(f"A name has between 1 and {_MAX_NAME} printable characters.", field=field)
    return name
