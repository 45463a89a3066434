"""Business settings: name, type, default and meaning of each, and how to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backoffice.errors import InvalidInputError
from backoffice.services import setting_checks
from backoffice.services.setting_checks import Check
from models.platform_setting import PlatformSetting, SettingType


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One business setting. Amounts are decimal text by currency, rates are fractions as text (MON-1)."""

    key: str
    type: SettingType
    default: Any
    check: Check
    description: str


SETTINGS: Mapping[str, Setting] = {
    setting.key: setting
    for setting in (
        Setting(
            key="commission.default_rate",
            type=SettingType.STRING,
            default="0.100000",
            check=setting_checks.rate,
            description="Commission when product, contract and plan name none; a fraction (COM-1).",
        ),
        Setting(
            key="commission.include_shipping",
            type=SettingType.BOOLEAN,
            default=False,
            check=setting_checks.flag,
            description="Whether commission is also taken on shipping (COM-3).",
        ),
        Setting(
            key="commission.include_tax",
            type=SettingType.BOOLEAN,
            default=False,
            check=setting_checks.flag,
            description="Whether commission is also taken on tax (COM-3).",
        ),
        Setting(
            key="commission.tax_rate",
            type=SettingType.STRING,
            default="0.000000",
            check=setting_checks.rate,
            description="Tax on top of the commission; a fraction (COM-8).",
        ),
        Setting(
            key="chargebacks.second_person_threshold",
            type=SettingType.JSON,
            default={"USD": "1000.00", "EUR": "1000.00", "JPY": "150000", "KWD": "300.000"},
            check=setting_checks.amounts,
            description="From this amount on the answer to a chargeback needs a second person; unlisted currencies"
            " always do (DSP-8).",
        ),
        Setting(
            key="disputes.high_value",
            type=SettingType.JSON,
            default={"USD": "500.00", "EUR": "500.00", "JPY": "75000", "KWD": "150.000"},
            check=setting_checks.amounts,
            description="From this amount on a new dispute has high priority; unlisted currencies always (DSP-5).",
        ),
        Setting(
            key="disputes.lead",
            type=SettingType.STRING,
            default="",
            check=setting_checks.email,
            description="E-mail of the admin who is told of disputes that run late; empty is the longest-serving admin"
            " (DSP-7).",
        ),
        Setting(
            key="disputes.vendor_response_hours",
            type=SettingType.NUMBER,
            default=72,
            check=setting_checks.whole(1, 2160),
            description="Hours of silence after which a dispute may be decided without the vendor (DSP-7).",
        ),
        Setting(
            key="money.outgoing_stopped",
            type=SettingType.BOOLEAN,
            default=False,
            check=setting_checks.flag,
            description="Stops every refund and transfer before the next call to Stripe (M15).",
        ),
        Setting(
            key="operations.approval_hours",
            type=SettingType.NUMBER,
            default=72,
            check=setting_checks.whole(1, 720),
            description="Hours a second person has to agree before an operation expires.",
        ),
        Setting(
            key="payouts.assemble",
            type=SettingType.STRING,
            default="weekly",
            check=setting_checks.one_of("daily", "weekly", "monthly", "manual"),
            description="How often payouts are put together for vendors without a schedule of their own (PAY-3).",
        ),
        Setting(
            key="payouts.bank_change_hold_hours",
            type=SettingType.NUMBER,
            default=24,
            check=setting_checks.whole(0, 720),
            description="Hours without payouts after a vendor's bank details change (PAY-1).",
        ),
        Setting(
            key="payouts.complete_on",
            type=SettingType.STRING,
            default="transfer",
            check=setting_checks.one_of("transfer", "payout"),
            description="What completes a payout: the 'transfer', or Stripe's 'payout' to the bank (PAY-8).",
        ),
        Setting(
            key="payouts.hold_days",
            type=SettingType.NUMBER,
            default=7,
            check=setting_checks.whole(0, 365),
            description="Days after delivery before a line may be paid out (PAY-1).",
        ),
        Setting(
            key="payouts.minimum",
            type=SettingType.JSON,
            default={"USD": "10.00", "EUR": "10.00", "JPY": "1000", "KWD": "3.000"},
            check=setting_checks.amounts,
            description="What a payout comes to at least; below it the balance carries over (PAY-2).",
        ),
        Setting(
            key="payouts.second_person_threshold",
            type=SettingType.JSON,
            default={"USD": "5000.00", "EUR": "5000.00", "JPY": "750000", "KWD": "1500.000"},
            check=setting_checks.amounts,
            description="From this amount on a payout needs a second person; unlisted currencies always do (PAY-5).",
        ),
        Setting(
            key="platform.default_currency",
            type=SettingType.STRING,
            default="USD",
            check=setting_checks.currency,
            description="Currency of new products, plans and shipping methods.",
        ),
        Setting(
            key="products.trusted_approvals",
            type=SettingType.NUMBER,
            default=0,
            check=setting_checks.whole(0, 100_000),
            description="Approvals by a person after which a vendor's products are approved by the system; 0 is never"
            " (MOD-6).",
        ),
        Setting(
            key="products.trusted_reject_rate",
            type=SettingType.STRING,
            default="0.050000",
            check=setting_checks.rate,
            description="Share of rejected products, at most, with which a vendor is trusted; a fraction (MOD-6).",
        ),
        Setting(
            key="products.unpublish_while_pending",
            type=SettingType.BOOLEAN,
            default=False,
            check=setting_checks.flag,
            description="Whether a product leaves the shop while a change of it waits for review (MOD-3).",
        ),
        Setting(
            key="refund.commission_policy",
            type=SettingType.STRING,
            default="reverse",
            check=setting_checks.one_of("reverse", "keep"),
            description="Whether a refund gives the commission back, 'reverse', or the vendor bears all of it, 'keep'"
            " (COM-6).",
        ),
        Setting(
            key="refund.second_person_threshold",
            type=SettingType.JSON,
            default={"USD": "500.00", "EUR": "500.00", "JPY": "75000", "KWD": "150.000"},
            check=setting_checks.amounts,
            description="From this amount on requester and approver must differ; unlisted currencies always (REF-5).",
        ),
        Setting(
            key="subscriptions.dunning_days",
            type=SettingType.JSON,
            default=[0, 1, 3, 5, 7],
            check=setting_checks.days,
            description="Days after an invoice on which its collection is tried; after the last the plan is suspended"
            " (SUB-5).",
        ),
        Setting(
            key="subscriptions.expire_after_days",
            type=SettingType.NUMBER,
            default=30,
            check=setting_checks.whole(1, 365),
            description="Days of suspension after which an unpaid plan ends (SUB-5).",
        ),
        Setting(
            key="subscriptions.notice_days",
            type=SettingType.NUMBER,
            default=14,
            check=setting_checks.whole(0, 90),
            description="Days between telling of a new price or rate and its renewal (SUB-1).",
        ),
        Setting(
            key="subscriptions.pay_from_balance",
            type=SettingType.BOOLEAN,
            default=True,
            check=setting_checks.flag,
            description="Whether a fee is taken from the vendor's balance where that covers it (SUB-7).",
        ),
        Setting(
            key="tax.remitter",
            type=SettingType.STRING,
            default="vendor",
            check=setting_checks.one_of("vendor", "platform"),
            description="Who remits the tax of new orders.",
        ),
        Setting(
            key="vendors.answer_days",
            type=SettingType.NUMBER,
            default=14,
            check=setting_checks.whole(1, 90),
            description="Days that a vendor has to correct inaccurate information before it is suspended (VEN-3).",
        ),
    )
}


def check(key: str, value: Any) -> None:
    """Refuse a value that the readers of `key` could not use. Raises `InvalidInputError`."""
    setting = SETTINGS.get(key)
    if setting is None:
        raise InvalidInputError(f"Nobody reads a setting named {key}.", field="value")
    setting.check(value)


def get(session: Session, key: str) -> Any:
    """The value of `key` as JSON gives it, or its default. Raises `KeyError` for a name that does not exist."""
    setting = SETTINGS[key]
    row = session.execute(sa.select(PlatformSetting.value).where(PlatformSetting.key == key)).one_or_none()
    return setting.default if row is None or row.value is None else row.value


def number(key: str) -> sa.ColumnElement[int]:
    """The value of a number setting inside another statement. Raises `KeyError` for a name that does not exist."""
    stored = sa.select(sa.cast(PlatformSetting.value, sa.Integer)).where(PlatformSetting.key == key)
    return sa.func.coalesce(stored.scalar_subquery(), sa.literal(int(SETTINGS[key].default), sa.Integer))


def text(key: str) -> sa.ColumnElement[str]:
    """The value of a string setting inside another statement. Raises `KeyError` for a name that does not exist."""
    plain = PlatformSetting.value.op("#>>", return_type=sa.Text())(sa.text("'{}'"))
    stored = sa.select(plain).where(PlatformSetting.key == key)
    return sa.func.coalesce(stored.scalar_subquery(), sa.literal(str(SETTINGS[key].default), sa.Text()))


def reaches_threshold(session: Session, key: str, amount: Decimal, currency: str) -> bool:
    """Whether `amount` is at or above the threshold of its currency; a currency without one always is."""
    limit = get(session, key).get(currency)
    return limit is None or amount >= Decimal(limit)
