"""The posting templates E1 to E14 as pure functions: what each money event debits and credits (B6).

Amounts are in major units of the journal's currency and not negative unless it says so.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from backoffice.money import round_amount
from backoffice.services.ledger.lines import Line, credit, debit
from models.ledger import AccountKind as Kind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What an order's total is made of: each part's owner gets it, a discount of the platform's comes off."""

    vendor_id: uuid.UUID
    currency: str
    vendor: Decimal
    commission: Decimal
    commission_tax: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    promotion: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """What the customer owes."""
        return self.vendor + self.commission + self.commission_tax + self.tax + self.shipping - self.promotion


def payment_captured(sale: Sale, *, captured: Decimal, before: Decimal = ZERO) -> list[Line]:
    """E1 and E1b: `captured` came in, after `before` from other payments of the same order.

    Every part follows the share of the total that is paid so far, so that several payments add up to the order
    (MON-6); what is above the total belongs to the customer and stays in suspense (REF-3, overpayment).
    """
    old, new = min(before, sale.total), min(before + captured, sale.total)
    parts = (
        (Kind.COMMISSION_REVENUE, sale.commission),
        (Kind.COMMISSION_TAX_PAYABLE, sale.commission_tax),
        (Kind.TAX_PAYABLE, sale.tax),
        (Kind.SHIPPING_REVENUE, sale.shipping),
        (Kind.PROMOTION_EXPENSE, -sale.promotion),
    )
    earned = [credit(kind, _share(amount, new, sale) - _share(amount, old, sale)) for kind, amount in parts]
    # One side is rounded, the other is the remainder (MON-5).
    vendor = new - old + sum(line.amount for line in earned)
    return [
        debit(Kind.PSP_CLEARING, captured),
        *earned,
        credit(Kind.VENDOR_PENDING, vendor, sale.vendor_id),
        credit(Kind.SUSPENSE, captured - (new - old)),
    ]


def _share(amount: Decimal, paid: Decimal, sale: Sale) -> Decimal:
    return amount if paid == sale.total else round_amount(amount * paid / sale.total, sale.currency)


def provider_fee(fee: Decimal) -> list[Line]:
    """E2: the provider kept its fee."""
    return [debit(Kind.PSP_FEES, fee), credit(Kind.PSP_CLEARING, fee)]


def earning_available(vendor_id: uuid.UUID, earning: Decimal) -> list[Line]:
    """E3: a line became eligible for payout."""
    return [debit(Kind.VENDOR_PENDING, earning, vendor_id), credit(Kind.VENDOR_AVAILABLE, earning, vendor_id)]


def carried_over(vendor_id: uuid.UUID, rest: Decimal) -> list[Line]:
    """What Stripe cannot carry is taken out of a payout; its reversal makes it available for the next (MON-3)."""
    return [debit(Kind.VENDOR_AVAILABLE, rest, vendor_id), credit(Kind.VENDOR_PENDING, rest, vendor_id)]


def payout_assembled(vendor_id: uuid.UUID, amount: Decimal) -> list[Line]:
    """E4: a payout was put together; E6 is its reversal."""
    return [debit(Kind.VENDOR_AVAILABLE, amount, vendor_id), credit(Kind.PAYOUT_IN_TRANSIT, amount)]


def transfer_executed(amount: Decimal) -> list[Line]:
    """E5: the provider moved the money to the vendor's account; E6 is its reversal."""
    return [debit(Kind.PAYOUT_IN_TRANSIT, amount), credit(Kind.PSP_CLEARING, amount)]


def payout_settled(amount: Decimal) -> list[Line]:
    """E5 without the provider: people paid the vendor from the platform's own bank (PAY-13); E6 is its reversal."""
    return [debit(Kind.PAYOUT_IN_TRANSIT, amount), credit(Kind.BANK_CLEARING, amount)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundShares:
    """Whose money a refund is: what it takes from each; `promotion` comes back to the platform (REF-8, COM-4)."""

    vendor_id: uuid.UUID
    pending: Decimal = ZERO
    available: Decimal = ZERO
    commission: Decimal = ZERO
    commission_tax: Decimal = ZERO
    tax: Decimal = ZERO
    shipping: Decimal = ZERO
    promotion: Decimal = ZERO
    goodwill: Decimal = ZERO
    suspense: Decimal = ZERO

    @property
    def vendor(self) -> Decimal:
        """What the vendor bears."""
        return self.pending + self.available

    @property
    def total(self) -> Decimal:
        """What the customer gets."""
        taken = self.vendor + self.commission + self.commission_tax + self.tax + self.shipping
        return taken + self.goodwill + self.suspense - self.promotion


def refund_succeeded(shares: RefundShares) -> list[Line]:
    """E7 and E8: money went back to the customer."""
    return [
        debit(Kind.VENDOR_PENDING, shares.pending, shares.vendor_id),
        debit(Kind.VENDOR_AVAILABLE, shares.available, shares.vendor_id),
        debit(Kind.COMMISSION_REVENUE, shares.commission),
        debit(Kind.COMMISSION_TAX_PAYABLE, shares.commission_tax),
        debit(Kind.TAX_PAYABLE, shares.tax),
        debit(Kind.SHIPPING_REVENUE, shares.shipping),
        debit(Kind.GOODWILL_EXPENSE, shares.goodwill),
        debit(Kind.SUSPENSE, shares.suspense),
        credit(Kind.PROMOTION_EXPENSE, shares.promotion),
        credit(Kind.PSP_CLEARING, shares.total),
    ]


def chargeback_opened(amount: Decimal, fee: Decimal) -> list[Line]:
    """E9: the bank took the money back, and the provider its fee."""
    return [
        debit(Kind.CHARGEBACK_RECEIVABLE, amount),
        debit(Kind.CHARGEBACK_FEES, fee),
        credit(Kind.PSP_CLEARING, amount + fee),
    ]


def chargeback_reserved(vendor_id: uuid.UUID, share: Decimal, *, pending: Decimal = ZERO) -> list[Line]:
    """E9b: the vendor's share is set aside until it is decided; its reversal gives it back.

    `pending` of it is still pending, because the hold on those lines is not over; it never becomes available then.
    """
    return [
        debit(Kind.VENDOR_PENDING, pending, vendor_id),
        debit(Kind.VENDOR_AVAILABLE, share - pending, vendor_id),
        credit(Kind.VENDOR_RESERVED, share, vendor_id),
    ]


def chargeback_lost(vendor_id: uuid.UUID, amount: Decimal, share: Decimal, *, commission: Decimal) -> list[Line]:
    """E10: the vendor's reserve and the commission pay for it; what neither covers is the platform's loss."""
    return [
        debit(Kind.VENDOR_RESERVED, share, vendor_id),
        debit(Kind.COMMISSION_REVENUE, commission),
        debit(Kind.CHARGEBACK_LOSS, amount - share - commission),
        credit(Kind.CHARGEBACK_RECEIVABLE, amount),
    ]


def chargeback_won(amount: Decimal) -> list[Line]:
    """E10b: the bank gave the money back."""
    return [debit(Kind.PSP_CLEARING, amount), credit(Kind.CHARGEBACK_RECEIVABLE, amount)]


def chargeback_fee(difference: Decimal) -> list[Line]:
    """What the provider booked of its fee after E9; less than zero where it gave some back."""
    return [debit(Kind.CHARGEBACK_FEES, difference), credit(Kind.PSP_CLEARING, difference)]


def transfer_reversed(vendor_id: uuid.UUID, amount: Decimal) -> list[Line]:
    """E11: money came back from the vendor's account at the provider, against what they owe (REC-2)."""
    return [debit(Kind.PSP_CLEARING, amount), credit(Kind.VENDOR_AVAILABLE, amount, vendor_id)]


def transfer_returned(amount: Decimal, *, repaid_by: uuid.UUID | None = None) -> list[Line]:
    """E6, of E5: money of a transfer that the bank returned is back at the platform (PAY-9).

    What a vendor had repaid a debt with, out of the same transfer, is that money too: the debt is owed again (REC-2).
    """
    came_to = Kind.VENDOR_AVAILABLE if repaid_by else Kind.PSP_CLEARING
    return [debit(came_to, amount, repaid_by), credit(Kind.PAYOUT_IN_TRANSIT, amount)]


def debt_written_off(vendor_id: uuid.UUID, amount: Decimal) -> list[Line]:
    """E12: the platform gives up a vendor's debt (REC-6)."""
    return [debit(Kind.VENDOR_WRITEOFF, amount), credit(Kind.VENDOR_AVAILABLE, amount, vendor_id)]


def plan_fee_charged(fee: Decimal, *, from_balance_of: uuid.UUID | None = None) -> list[Line]:
    """E13: a plan's fee came by card, or from the balance of that vendor (SUB-7)."""
    paid_from = Kind.VENDOR_AVAILABLE if from_balance_of else Kind.PSP_CLEARING
    return [debit(paid_from, fee, from_balance_of), credit(Kind.SUBSCRIPTION_REVENUE, fee)]


def adjustment(debited: Line, credited: Line) -> list[Line]:
    """E14: two people moved an amount between two accounts and said why."""
    return [debited, credited]
