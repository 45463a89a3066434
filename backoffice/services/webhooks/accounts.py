"""Vendors' accounts at the provider: whether they may be paid, and that their bank changed (PAY-1, M11)."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.gateways.payments import Payments
from backoffice.gateways.provider import ProviderAccount
from backoffice.services.webhooks.handler import Handler, Result, ignored, parked, processed, subject
from models import VendorProfile, WebhookEvent

_UNKNOWN: Final = "No vendor of ours has this account."


def _fetch(payments: Payments, event: WebhookEvent) -> ProviderAccount | None:
    return payments.account_state(str(event.object_id))


def _updated(session: Session, event: WebhookEvent, state: ProviderAccount | None, _acting: Acting) -> Result:
    """Note what the account may do now, and that its bank changed when the event says so."""
    profile = _profile(session, event.object_id)
    if profile is None or state is None:
        return parked(_UNKNOWN if profile is None else "Stripe does not know this account.")
    profile.payouts_enabled, profile.requirements_past_due = state.payouts_enabled, bool(state.past_due)
    _destinations(profile, state)
    if "external_accounts" in event.body.get("data", {}).get("previous_attributes", {}):
        _hold(profile, event)
    if not session.is_modified(profile):
        return ignored("Nothing changed that matters here.")
    session.flush()
    return processed(f"Payouts are {'on' if profile.payouts_enabled else 'off'} at Stripe.")


def _fetch_owner(payments: Payments, event: WebhookEvent) -> ProviderAccount | None:
    """The account whose bank it is."""
    return payments.account_state(str(event.account))


def _bank(session: Session, event: WebhookEvent, state: ProviderAccount | None, _acting: Acting) -> Result:
    """Another bank account than the one we know holds payouts for a while (PAY-1, M11)."""
    profile, bank = _profile(session, event.account), subject(event)
    if profile is None:
        return parked(_UNKNOWN)
    _destinations(profile, state)
    gone = event.type.endswith(".deleted")
    if not gone and profile.bank_fingerprint is not None and bank.get("fingerprint") == profile.bank_fingerprint:
        return ignored("It is the bank account that we know.")
    newest = profile.bank_changed_at is None or event.provider_created >= profile.bank_changed_at
    _hold(profile, event)
    if newest and not gone:
        _show(profile, bank)
    session.flush()
    return processed("The vendor's bank details changed; payouts wait for a while.")


def _profile(session: Session, account: str | None) -> VendorProfile | None:
    statement = sa.select(VendorProfile).where(VendorProfile.stripe_account_id == account).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _hold(profile: VendorProfile, event: WebhookEvent) -> None:
    """The hold counts from the latest change, whichever event comes last."""
    profile.bank_changed_at = max(profile.bank_changed_at or event.provider_created, event.provider_created)


def _destinations(profile: VendorProfile, state: ProviderAccount | None) -> None:
    """Into which currencies' banks it pays; what the provider does not tell stays unknown (PAY-1, 8)."""
    profile.payout_currencies = list(state.currencies) if state is not None and state.currencies is not None else None


def _show(profile: VendorProfile, bank: dict[str, Any]) -> None:
    """What a person may see of the account; its number is never sent."""
    profile.bank_fingerprint, profile.bank_name = bank.get("fingerprint"), bank.get("bank_name")
    profile.bank_last4, profile.bank_country = bank.get("last4"), bank.get("country")


HANDLERS: Final = (
    Handler(types=("account.updated",), fetch=_fetch, apply=_updated),
    Handler(
        types=(
            "account.external_account.created", "account.external_account.updated", "account.external_account.deleted",
        ),
        fetch=_fetch_owner,
        apply=_bank,
    ),
)  # fmt: skip
