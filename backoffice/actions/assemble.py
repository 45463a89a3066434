"""Putting a vendor's payouts together at once, instead of with the next sweep."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backoffice import money
from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs, Verdict
from backoffice.errors import DomainError
from backoffice.permissions import Permission
from backoffice.services.payouts import assemble, earnings
from backoffice.services.payouts.eligibility import vendor_reasons
from models import VendorProfile
from models.operation import QueueName


def _plan(session: Session, profiles: Sequence[VendorProfile], inputs: Inputs, acting: Acting) -> list[Verdict]:
    del inputs, acting
    held = vendor_reasons(session, {profile.vendor_id for profile in profiles})
    return [_verdict(profile, [reason.message for reason in held[profile.vendor_id]]) for profile in profiles]


def _verdict(profile: VendorProfile, held: list[str]) -> Verdict:
    if held:
        return Verdict(target_id=profile.id, ok=False, message=" ".join(held), code="held")
    message = "What is free goes into one payout a currency; below the minimum it waits."
    return Verdict(target_id=profile.id, ok=True, message=message)


def _assemble(session: Session, profile: VendorProfile, inputs: Inputs, acting: Acting) -> str:
    del inputs
    earnings.release(session, vendors=[profile.vendor_id])
    payouts = assemble.assemble(session, vendors=[profile.vendor_id], acting=acting)
    if not payouts:
        raise DomainError("Nothing is free, or it is below the minimum.", code="nothing_to_pay")
    return ", ".join(money.format_amount(payout.amount, payout.currency) for payout in payouts) + " put together."


ACTIONS = (
    Action(
        key="vendor_profile.assemble",
        label="Put payouts together",
        entity=VendorProfile,
        permission=Permission.PAYOUTS_RELEASE,
        plan=_plan,
        run=Each(run=_assemble),
        queue=QueueName.MONEY,
        consequence="Free earnings are put into payouts, which somebody then releases.",
    ),
)
