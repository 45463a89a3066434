"""Answering a chargeback: texts are added, then all of it is sent, once and for good (DSP-8, IDE-1, M4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.clock import NOW
from backoffice.enums import Actor
from backoffice.errors import DomainError, ForbiddenError, InvalidInputError, SecondPersonError
from backoffice.gateways.payments import Outcome, Payments, Refused, Succeeded
from backoffice.permissions import Permission
from backoffice.services import settings
from backoffice.services.chargebacks.pack import LONGEST, assemble
from backoffice.services.failures import failure_code, failure_sentence
from backoffice.services.provider_calls import key_is_old, perform, prepare
from backoffice.services.transitions import move
from models import Chargeback, ChargebackEvidence
from models.chargeback import ANSWERABLE, ChargebackStatus, EvidenceKind

THRESHOLD = "chargebacks.second_person_threshold"
_ANSWERED = {
    ChargebackStatus.NEEDS_RESPONSE: ChargebackStatus.UNDER_REVIEW,
    ChargebackStatus.WARNING_NEEDS_RESPONSE: ChargebackStatus.WARNING_UNDER_REVIEW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCall:
    """What to send to Stripe; all of it comes from the chargeback row (M3)."""

    dispute: str
    attempt: int
    key: str
    evidence: Mapping[str, str]
    look_first: bool
    key_is_old: bool


def check_open(session: Session, chargeback: Chargeback) -> None:
    """Raises `DomainError` when the bank takes no answer any more, or has been given the one (DSP-8).

    That one may have been sent for another order of the same checkout.
    """
    answered = sa.select(Chargeback.id).where(
        Chargeback.stripe_dispute_id == chargeback.stripe_dispute_id,
        sa.or_(Chargeback.idempotency_key.is_not(None), Chargeback.evidence_submitted_at.is_not(None)),
    )
    if session.scalars(answered).first():
        raise DomainError("The answer to this chargeback was sent; there is only one.", code="already_answered")
    if chargeback.status not in ANSWERABLE:
        raise DomainError(
            f"A chargeback that is {chargeback.status.label.lower()} cannot be answered.", code="illegal_transition"
        )
    if chargeback.evidence_due_at and session.scalar(sa.select(chargeback.evidence_due_at < NOW)):
        raise DomainError("The time to answer this chargeback is over.", code="too_late")


def add(
    session: Session, chargeback: Chargeback, *, kind: EvidenceKind, text: str, acting: Acting
) -> ChargebackEvidence:
    """Keep a text for the answer to `chargeback` (read locked). Raises `DomainError` once that was sent."""
    if not acting.may(Permission.CHARGEBACKS_ANSWER) or acting.user_id is None:
        raise ForbiddenError("Only finance and admins answer chargebacks.")
    if not text.strip():
        raise InvalidInputError("Write what the bank should know.", field="text")
    if len(text) > LONGEST:
        raise InvalidInputError(f"The bank reads at most {LONGEST:,} characters.", field="text")
    check_open(session, chargeback)
    row = ChargebackEvidence(chargeback_id=chargeback.id, kind=kind, text=text.strip(), added_by=acting.user_id)
    session.add(row)
    session.flush()
    return row


def needs_second_person(session: Session, chargeback: Chargeback) -> bool:
    """Whether the dispute, over all the orders that it is about, reaches the threshold of its currency (DSP-8)."""
    whole = sa.select(sa.func.sum(Chargeback.amount)).where(
        Chargeback.stripe_dispute_id == chargeback.stripe_dispute_id
    )
    amount = session.scalars(whole).one()
    return settings.reaches_threshold(session, THRESHOLD, amount, chargeback.currency)


def begin(session: Session, chargeback: Chargeback, *, acting: Acting) -> EvidenceCall:
    """Freeze the pack of a chargeback (read locked) with a key; nothing can be added from here on."""
    if not acting.may(Permission.CHARGEBACKS_ANSWER) or acting.user_id is None:
        raise ForbiddenError("Only finance and admins answer chargebacks.")
    # Another order of the same checkout has a row of its own, so its lock would not make the second of two wait.
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(chargeback.stripe_dispute_id, 0))))
    check_open(session, chargeback)
    second = needs_second_person(session, chargeback)
    if second and acting.approved_by in {None, acting.user_id}:
        raise SecondPersonError("From this amount on a second person must agree to the answer.")
    chargeback.evidence_submitted_by, chargeback.approved_by = acting.user_id, acting.approved_by
    chargeback.second_person_required, chargeback.failure_reason = second, None
    prepare(
        session,
        chargeback,
        key=f"chargeback:{chargeback.id}:evidence:{chargeback.attempt}",
        params=assemble(session, chargeback),
    )
    session.flush()
    return _call_of(session, chargeback, look_first=False)


def resume(session: Session, chargeback: Chargeback) -> EvidenceCall | None:
    """The call of a chargeback (read locked) whose answer is on its way; None when its end is known."""
    if chargeback.idempotency_key is None or chargeback.evidence_submitted_at is not None:
        return None
    return _call_of(session, chargeback, look_first=True)


def call(payments: Payments, what: EvidenceCall) -> Outcome:
    """Ask Stripe, while no transaction is open."""

    def find() -> Succeeded | None:
        state = payments.dispute_state(what.dispute)
        return Succeeded(state.id, state.status) if state and state.evidence_submitted else None

    return perform(
        create=lambda: payments.submit_evidence(dispute=what.dispute, evidence=what.evidence, key=what.key),
        find=find,
        look_first=what.look_first,
        key_is_old=what.key_is_old,
    )


def settle(session: Session, chargeback: Chargeback, what: EvidenceCall, outcome: Outcome, *, acting: Acting) -> bool:
    """Record what Stripe said; safe to repeat. Returns whether the answer is final.

    A refused answer never reached the bank: it can be changed and sent anew, with a new key.
    """
    if chargeback.attempt != what.attempt or chargeback.evidence_submitted_at is not None:
        return True
    if isinstance(outcome, Refused):
        chargeback.failure_reason = failure_sentence(failure_code(outcome.code), outcome.message)
        chargeback.attempt += 1
        chargeback.idempotency_key = chargeback.request_hash = None
        chargeback.request_params = chargeback.first_sent_at = None
        chargeback.evidence_submitted_by = chargeback.approved_by = None
        chargeback.second_person_required = False
        session.flush()
        return True
    if not isinstance(outcome, Succeeded):
        return False
    chargeback.evidence_submitted_at = session.scalars(sa.select(NOW)).one()
    if chargeback.status in _ANSWERED:
        move(session, chargeback, _ANSWERED[chargeback.status], acting=acting, actor=Actor.PROVIDER)
    session.flush()
    return True


def _call_of(session: Session, chargeback: Chargeback, *, look_first: bool) -> EvidenceCall:
    return EvidenceCall(
        dispute=chargeback.stripe_dispute_id,
        attempt=chargeback.attempt,
        key=str(chargeback.idempotency_key),
        evidence=chargeback.request_params or {},
        look_first=look_first,
        key_is_old=look_first and key_is_old(session, chargeback),
    )
