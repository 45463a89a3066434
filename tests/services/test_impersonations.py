"""An admin views as somebody: who, whom, for how long, and what ends it (ACC-4)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.database import act_as
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, NotFoundError
from backoffice.jobs import sweeps
from backoffice.permissions import Role
from backoffice.services import impersonations, user_sessions, users
from backoffice.services.vendors import suspension
from models import AuditLog, Impersonation, User
from models.user import UserStatus
from tests.factories import acting_for, make_product, make_user, make_vendor, profile_of
from tests.factories.acting import VISITOR
from tests.models.refusals import refused

SYSTEM = Acting.system("test")


@dataclass
class Look:
    """An admin with a session, and a vendor."""

    session: Session
    admin: User
    vendor: User
    token: str

    def start(self, user: User | None = None, *, minutes: int = 15, reason: str = "Ticket 7") -> Impersonation:
        return impersonations.start(
            self.session,
            user_id=(user or self.vendor).id,
            session_id=self.session_id,
            minutes=minutes,
            reason=reason,
            acting=acting_for(self.admin),
        )

    @property
    def session_id(self) -> uuid.UUID:
        found = user_sessions.find(self.session, self.token, VISITOR)
        assert found is not None
        return found.session_id

    def seen_as(self) -> uuid.UUID | None:
        found = user_sessions.find(self.session, self.token, VISITOR)
        return found.user_id if found else None


@pytest.fixture
def look(session: Session) -> Look:
    make_user(session)
    admin = make_user(session)
    token = user_sessions.start(session, admin, acting=acting_for(admin))
    return Look(session=session, admin=admin, vendor=make_vendor(session), token=token)


def _events(session: Session, user: User) -> list[tuple[str, uuid.UUID | None, uuid.UUID | None, str | None]]:
    rows = sa.select(AuditLog).where(AuditLog.entity_id == str(user.id), AuditLog.action.like("view_as_%"))
    return [
        (row.action, row.actor_id, row.on_behalf_of, row.reason)
        for row in session.scalars(rows.order_by(AuditLog.id, AuditLog.created_at))
    ]


def test_the_session_shows_the_others_panel_until_it_is_stopped(look: Look, session: Session) -> None:
    """ACC-4: both people are known, and start and end are in the audit log with the reason."""
    view = look.start(minutes=30)
    session.refresh(view)
    assert view.expires_at - view.created_at == dt.timedelta(minutes=30)
    found = user_sessions.find(session, look.token, VISITOR)
    assert found is not None
    assert (found.user_id, found.role, found.email) == (look.vendor.id, Role.VENDOR, look.vendor.email)
    assert found.viewer is not None
    assert (found.viewer.user_id, found.viewer.role, found.viewer.name) == (
        look.admin.id, Role.ADMIN, look.admin.name,
    )  # fmt: skip
    assert found.viewing_until == view.expires_at
    acting = replace(acting_for(look.vendor), viewer=found.viewer)
    assert impersonations.stop(session, look.session_id, acting=acting) == look.vendor.id
    assert look.seen_as() == look.admin.id
    assert impersonations.stop(session, look.session_id, acting=acting_for(look.admin)) is None
    assert _events(session, look.vendor) == [
        ("view_as_started", look.admin.id, None, "Ticket 7"),
        ("view_as_ended", look.admin.id, look.vendor.id, "stopped"),
    ]


def test_whatever_is_written_meanwhile_names_both(look: Look, session: Session) -> None:
    """ACC-4, AUD-1: the rows of triggers too, in this transaction and in each later one of the request."""
    look.start()
    found = user_sessions.find(session, look.token, VISITOR)
    product = make_product(session)
    assert found is not None
    act_as(session, replace(acting_for(look.vendor), viewer=found.viewer))
    other = make_product(session)
    act_as(session, acting_for(look.admin))
    own = make_product(session)
    rows = session.scalars(sa.select(AuditLog).where(AuditLog.entity == "products"))
    written = {row.entity_id: (row.actor_id, row.actor_role, row.on_behalf_of) for row in rows}
    assert written == {
        str(product.id): (look.admin.id, "admin", look.vendor.id),
        str(other.id): (look.admin.id, "admin", look.vendor.id),
        str(own.id): (look.admin.id, "admin", None),
    }


@pytest.mark.parametrize("role", [Role.FINANCE, Role.LOGISTICS, Role.VENDOR])
def test_people_with_a_panel_can_be_viewed_as(look: Look, session: Session, role: Role) -> None:
    user = make_user(session, role)
    look.start(user)
    assert look.seen_as() == user.id


@pytest.mark.parametrize(
    "values",
    [
        {"role": Role.ADMIN},
        {"role": Role.CUSTOMER},
        {"status": UserStatus.SUSPENDED},
        {"status": UserStatus.INACTIVE},
        {"status": UserStatus.PENDING},
    ],
    ids=str,
)
def test_the_others_cannot(look: Look, session: Session, values: dict[str, object]) -> None:
    """ACC-4: no admin, no customer, nobody who could not sign in."""
    user = make_user(session, **({"role": Role.VENDOR} | values))  # type: ignore[arg-type]
    with pytest.raises(ForbiddenError) as caught:
        look.start(user)
    assert caught.value.message == impersonations.refusal(user, acting_for(look.admin))
    assert look.seen_as() == look.admin.id


def test_nobody_views_as_himself_or_somebody_who_is_gone(look: Look, session: Session) -> None:
    with pytest.raises(ForbiddenError):
        look.start(look.admin)
    gone = make_vendor(session, deleted_at=sa.func.now())
    with pytest.raises(NotFoundError):
        look.start(gone)
    with refused(session, "ck_impersonations_viewer_is_another"):
        session.execute(
            sa.insert(Impersonation).values(
                viewer_id=look.admin.id,
                user_id=look.admin.id,
                session_id=look.session_id,
                reason="x",
                expires_at=sa.func.now() + dt.timedelta(minutes=5),
            )
        )


@pytest.mark.parametrize("role", [Role.FINANCE, Role.LOGISTICS, Role.VENDOR])
def test_only_admins_view(look: Look, session: Session, role: Role) -> None:
    user = make_user(session, role)
    with pytest.raises(ForbiddenError):
        impersonations.start(
            session, user_id=look.vendor.id, session_id=uuid.uuid4(), minutes=15, reason="x", acting=acting_for(user)
        )
    assert impersonations.refusal(look.vendor, acting_for(user)) is not None


@pytest.mark.parametrize(
    ("field", "given"),
    [("minutes", {"minutes": 600}), ("reason", {"reason": "  "}), ("reason", {"reason": "x" * 501})],
)
def test_time_and_reason_are_asked_for(look: Look, field: str, given: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        look.start(**given)
    assert caught.value.field == field


def test_one_at_a_time(look: Look, session: Session) -> None:
    """ACC-4: the same click twice, or somebody else on top."""
    look.start()
    with refused(session, "uq_impersonations_open"):
        look.start(make_vendor(session))


def test_it_ends_by_itself(look: Look, session: Session) -> None:
    """ACC-4: by the database's clock; the end is written down once, at the time it was over, and another may follow."""
    view = look.start()
    session.execute(sa.text("UPDATE impersonations SET created_at = now() - interval '20 minutes', expires_at = now()"))
    assert look.seen_as() == look.admin.id
    sweeps.end_views(session)
    sweeps.end_views(session)
    session.refresh(view)
    assert view.ended_at == view.expires_at
    assert [event[0::3] for event in _events(session, look.vendor)] == [
        ("view_as_started", "Ticket 7"),
        ("view_as_ended", impersonations.TIME_IS_UP),
    ]
    look.start()
    session.execute(sa.text("UPDATE impersonations SET created_at = now() - interval '20 minutes', expires_at = now()"))
    look.start()
    assert look.seen_as() == look.vendor.id


def test_it_lasts_no_longer_than_the_session(look: Look, session: Session) -> None:
    session.execute(sa.text("UPDATE user_sessions SET expires_at = now() + interval '5 minutes'"))
    view = look.start(minutes=60)
    session.refresh(view)
    assert view.expires_at - view.created_at == dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ("suspend", {"reason": "fraud"}),
        ("deactivate", {}),
        ("change_role", {"role": Role.LOGISTICS}),
    ],
)
@pytest.mark.parametrize("who", ["vendor", "admin"])
def test_it_ends_with_the_rights_of_either(
    look: Look, session: Session, who: str, change: str, more: dict[str, object]
) -> None:
    """ACC-4: for good, not until the other one is let in again; an admin who is none any more has no session either."""
    view = look.start()
    if (who, change) == ("vendor", "suspend"):
        suspension.suspend(session, profile_of(session, look.vendor), reason="fraud", pauses=False, acting=SYSTEM)
    else:
        getattr(users, change)(session, user_id=getattr(look, who).id, acting=SYSTEM, **more)
    assert look.seen_as() == (look.admin.id if who == "vendor" else None)
    session.refresh(view)
    assert view.ended_at is not None
    assert len(_events(session, look.vendor)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET status = 'inactive' WHERE id = :vendor",
        "UPDATE users SET deleted_at = now() WHERE id = :vendor",
        "UPDATE users SET role = 'customer' WHERE id = :vendor",
    ],
)
def test_what_came_past_the_services_ends_it_too(look: Look, session: Session, statement: str) -> None:
    """U3, ACC-4: asked at every request."""
    look.start()
    session.execute(sa.text(statement), {"vendor": look.vendor.id})
    assert look.seen_as() == look.admin.id


def test_signing_out_ends_it(look: Look, session: Session) -> None:
    view = look.start()
    user_sessions.end(session, look.token, reason="signed out", acting=acting_for(look.admin))
    assert look.seen_as() is None
    session.refresh(view)
    assert view.ended_reason == "signed out"


def test_a_session_of_somebody_else_cannot_carry_it(look: Look, session: Session) -> None:
    other = make_user(session)
    with pytest.raises(DomainError):
        impersonations.start(
            session,
            user_id=look.vendor.id,
            session_id=look.session_id,
            minutes=15,
            reason="x",
            acting=acting_for(other),
        )
