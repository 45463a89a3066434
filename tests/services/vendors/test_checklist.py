"""The checklist of a vendor (VEN-3)."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import now
from backoffice.errors import DomainError, ForbiddenError, IllegalTransitionError, InvalidInputError
from backoffice.permissions import Role
from backoffice.services import users
from backoffice.services.vendors import checklist, documents, overdue, verification
from models import AuditLog, Notification, StatusHistory, User, VendorRequirement
from models.media_type import MediaType
from models.user import UserStatus
from models.vendor_profile import VerificationStatus
from models.vendor_requirement import MOST_BYTES, RequirementKind, RequirementStatus
from tests.factories import accept_all, acting_for, make_user, make_vendor, profile_of, requirement_of
from tests.factories.vendors import PDF
from tests.support.pictures import photo

_NAME = RequirementKind.LEGAL_NAME
_PASSPORT = RequirementKind.ID_DOCUMENT
_PENDING = {"verification_status": VerificationStatus.PENDING}


@pytest.fixture
def acting(session: Session) -> Acting:
    return acting_for(make_user(session))


@pytest.fixture
def newcomer(session: Session) -> User:
    return make_vendor(session, status=UserStatus.PENDING, profile=_PENDING)


def test_a_vendor_begins_with_every_requirement_open(session: Session, newcomer: User) -> None:
    """VEN-3."""
    found = session.scalars(sa.select(VendorRequirement).where(VendorRequirement.vendor_id == newcomer.id)).all()
    assert {(one.kind, one.status) for one in found} == {(kind, RequirementStatus.OPEN) for kind in RequirementKind}


class TestActivate:
    def test_names_what_is_missing(self, session: Session, newcomer: User, acting: Acting) -> None:
        """VEN-3."""
        accept_all(session, newcomer, but=_PASSPORT)
        with pytest.raises(DomainError) as refused:
            users.activate(session, user_id=newcomer.id, acting=acting)
        assert refused.value.message == (
            "The vendor cannot be active yet. Missing: ID document (not answered), verification (pending)."
        )
        assert newcomer.status is UserStatus.PENDING

    def test_needs_every_requirement_and_the_verdict(self, session: Session, acting: Acting) -> None:
        """VEN-3."""
        vendor = make_vendor(session, status=UserStatus.PENDING)
        accept_all(session, vendor)
        assert users.activate(session, user_id=vendor.id, acting=acting).status is UserStatus.ACTIVE


class TestAnswer:
    def test_the_last_answer_puts_the_vendor_under_review(
        self, session: Session, newcomer: User, acting: Acting
    ) -> None:
        """VEN-3, B12."""
        for kind in RequirementKind:
            assert profile_of(session, newcomer).verification_status is VerificationStatus.PENDING
            requirement = requirement_of(session, newcomer, kind)
            if kind.needs_document:
                documents.attach(session, requirement, file_name="pass.pdf", content=PDF, acting=acting)
            checklist.answer(session, requirement, text=f" {kind.label} ", acting=acting)
            assert (requirement.answer, requirement.status) == (kind.label, RequirementStatus.SUBMITTED)
        assert profile_of(session, newcomer).verification_status is VerificationStatus.UNDER_REVIEW
        told = sa.select(Notification.user_id).where(Notification.event_key == "vendor.submitted")
        assert acting.user_id in session.scalars(told).all()

    def test_an_id_document_is_uploaded_first(self, session: Session, newcomer: User, acting: Acting) -> None:
        """VEN-3."""
        with pytest.raises(DomainError, match="Upload the document first"):
            checklist.answer(session, requirement_of(session, newcomer, _PASSPORT), text="P123", acting=acting)

    def test_refuses_nothing_and_other_roles(self, session: Session, newcomer: User, acting: Acting) -> None:
        """VEN-3."""
        requirement = requirement_of(session, newcomer, _NAME)
        with pytest.raises(InvalidInputError):
            checklist.answer(session, requirement, text="  ", acting=acting)
        with pytest.raises(ForbiddenError):
            checklist.answer(session, requirement, text="X", acting=acting_for(make_user(session, Role.FINANCE)))

    def test_not_twice(self, session: Session, newcomer: User, acting: Acting) -> None:
        """STM-1."""
        requirement = requirement_of(session, newcomer, _NAME)
        checklist.answer(session, requirement, text="One Ltd", acting=acting)
        with pytest.raises(IllegalTransitionError):
            checklist.answer(session, requirement, text="Two Ltd", acting=acting)


class TestVerdict:
    def test_is_kept_with_person_time_and_history(self, session: Session, newcomer: User, acting: Acting) -> None:
        """VEN-3: by whom and when."""
        requirement = requirement_of(session, newcomer, _NAME)
        checklist.answer(session, requirement, text="One Ltd", acting=acting_for(newcomer))
        checklist.accept(session, requirement, acting=acting)
        assert (requirement.answered_by, requirement.decided_by) == (newcomer.id, acting.user_id)
        assert requirement.decided_at is not None
        history = sa.select(StatusHistory.to_status, StatusHistory.actor).where(
            StatusHistory.entity_id == requirement.id
        )
        assert session.execute(history.order_by(StatusHistory.id)).all() == [("submitted", "V"), ("accepted", "A")]

    def test_vendors_do_not_judge_themselves(self, session: Session, newcomer: User) -> None:
        """VEN-3."""
        requirement, vendor = requirement_of(session, newcomer, _NAME), acting_for(newcomer)
        checklist.answer(session, requirement, text="One Ltd", acting=vendor)
        with pytest.raises(ForbiddenError):
            checklist.accept(session, requirement, acting=vendor)
        with pytest.raises(ForbiddenError):
            checklist.refuse(session, requirement, reason="No", due_at=None, acting=vendor)

    def test_approval_needs_the_whole_checklist(self, session: Session, acting: Acting) -> None:
        """VEN-3."""
        vendor = make_vendor(session, profile={"verification_status": VerificationStatus.UNDER_REVIEW})
        accept_all(session, vendor, but=_NAME)
        with pytest.raises(DomainError, match=r"Missing: Legal name \(not answered\)"):
            verification.approve(session, profile_of(session, vendor), acting=acting)

    def test_a_rejected_vendor_that_answers_again_is_looked_at_again(
        self, session: Session, newcomer: User, acting: Acting
    ) -> None:
        """B12: rejected, pending, under review."""
        accept_all(session, newcomer)
        profile = profile_of(session, newcomer)
        profile.verification_status = VerificationStatus.UNDER_REVIEW
        session.flush()
        checklist.refuse(session, requirement_of(session, newcomer, _NAME), reason="Who?", due_at=None, acting=acting)
        verification.reject(session, profile, reason="Nobody knows the name.", acting=acting)
        checklist.answer(session, requirement_of(session, newcomer, _NAME), text="One Ltd", acting=acting)
        assert profile_of(session, newcomer).verification_status is VerificationStatus.UNDER_REVIEW


class TestInaccurate:
    """VEN-3: a request with a due date, then the suspension (Art. 30(3))."""

    def _request(self, session: Session, acting: Acting) -> tuple[User, VendorRequirement]:
        vendor = make_vendor(session)
        accept_all(session, vendor)
        requirement = requirement_of(session, vendor, _NAME)
        due_at = now() + dt.timedelta(days=3)
        checklist.refuse(session, requirement, reason="The register says otherwise.", due_at=due_at, acting=acting)
        return vendor, requirement

    def test_the_vendor_is_told_and_under_review(self, session: Session, acting: Acting) -> None:
        """VEN-3."""
        vendor, requirement = self._request(session, acting)
        assert profile_of(session, vendor).verification_status is VerificationStatus.UNDER_REVIEW
        told = sa.select(Notification.message).where(Notification.subject_id == requirement.id)
        assert "The register says otherwise. Answer until" in session.scalars(told).one()

    @pytest.mark.parametrize("due_at", [None, dt.datetime(2020, 1, 1, tzinfo=dt.UTC)])
    def test_an_active_vendor_gets_a_day_to_come(
        self, session: Session, acting: Acting, due_at: dt.datetime | None
    ) -> None:
        """VEN-3."""
        vendor = make_vendor(session)
        accept_all(session, vendor)
        with pytest.raises(InvalidInputError):
            checklist.refuse(session, requirement_of(session, vendor, _NAME), reason="No", due_at=due_at, acting=acting)

    def test_who_does_not_answer_is_suspended_once(self, session: Session, acting: Acting) -> None:
        """VEN-3."""
        vendor, requirement = self._request(session, acting)
        system = Acting.system("onboarding")
        assert overdue.suspend(session, limit=10, acting=system) == 0
        requirement.due_at = now() - dt.timedelta(minutes=1)
        session.flush()
        assert overdue.suspend(session, limit=10, acting=system) == 1
        assert overdue.suspend(session, limit=10, acting=system) == 0
        session.refresh(vendor)
        assert vendor.status is UserStatus.SUSPENDED

    def test_who_answers_in_time_is_not(self, session: Session, acting: Acting) -> None:
        """VEN-3."""
        vendor, requirement = self._request(session, acting)
        checklist.answer(session, requirement, text="Right Ltd", acting=acting_for(vendor))
        assert (requirement.due_at, requirement.refusal) == (None, None)


class TestDocuments:
    @pytest.mark.parametrize(
        ("content", "sentence"),
        [(b"", "PDF, PNG or JPEG"), (b"<svg/>", "PDF, PNG or JPEG"), (PDF + b"x" * MOST_BYTES, "at most")],
    )
    def test_type_and_size_are_checked(
        self, session: Session, newcomer: User, acting: Acting, content: bytes, sentence: str
    ) -> None:
        """VEN-3."""
        requirement = requirement_of(session, newcomer, _PASSPORT)
        with pytest.raises(InvalidInputError, match=sentence):
            documents.attach(session, requirement, file_name="x.pdf", content=content, acting=acting)

    def test_the_type_is_that_of_the_content(self, session: Session, newcomer: User, acting: Acting) -> None:
        """VEN-3."""
        requirement = requirement_of(session, newcomer, _PASSPORT)
        png = photo(format="PNG")
        document = documents.attach(session, requirement, file_name='a/"b.pdf', content=png, acting=acting)
        assert (document.media_type, document.file_name, document.size) == (
            MediaType.PNG,
            "ab.pdf",
            len(document.content),
        )

    def test_what_was_refused_does_not_count_again(self, session: Session, newcomer: User, acting: Acting) -> None:
        """VEN-3: after a refusal another document is needed."""
        requirement = requirement_of(session, newcomer, _PASSPORT)
        document = documents.attach(session, requirement, file_name="x.pdf", content=PDF, acting=acting)
        checklist.answer(session, requirement, text="P123", acting=acting)
        with pytest.raises(DomainError, match="while it waits for an answer"):
            documents.attach(session, requirement, file_name="y.pdf", content=PDF, acting=acting)
        checklist.refuse(session, requirement, reason="Unreadable", due_at=None, acting=acting)
        assert document.created_at is not None
        with pytest.raises(DomainError, match="Upload the document first"):
            checklist.answer(session, requirement, text="P123", acting=acting)

    def test_the_log_has_no_word_of_it(self, session: Session, newcomer: User, acting: Acting) -> None:
        """AUD-1: content and name are personal."""
        requirement = requirement_of(session, newcomer, _PASSPORT)
        document = documents.attach(session, requirement, file_name="pass.pdf", content=PDF, acting=acting)
        logged = session.scalars(sa.select(AuditLog.after).where(AuditLog.entity_id == str(document.id))).one()
        assert "pass.pdf" not in str(logged)
