"""Amounts with a currency: exponents, rounding, splitting, and the conversion to Stripe's integers.

Amounts are `Decimal` in major units (10.00 USD) with an ISO 4217 code beside them; no float anywhere.
Source: domain rules MON-1 to MON-4 and MON-6.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from backoffice.errors import InvalidInputError

ZERO_DECIMAL: Final = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
THREE_DECIMAL: Final = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
TWO_DECIMAL: Final = frozenset(
    (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF"
        " CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF"
        " IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR"
        " MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD"
        " SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER"
        " ZAR ZMW ZWG"
    ).split()
)
CURRENCIES: Final = tuple(sorted(ZERO_DECIMAL | TWO_DECIMAL | THREE_DECIMAL))

#: Digits in groups of three, or without groups; a point before the decimals.
_TYPED: Final = re.compile(r"[+-]?([0-9]{1,3}([, ][0-9]{3})+|[0-9]+)(\.[0-9]+)?")
#: Stripe keeps two decimals for these although ISO gives none; the wire amount is a multiple of 100 (MON-3).
_STRIPE_TWO_DECIMALS: Final = frozenset({"ISK", "UGX"})
#: Stripe treats these as zero-decimal although ISO gives two (MON-3).
_STRIPE_WHOLE_ONLY: Final = frozenset({"MGA"})
#: Stripe pays these out in whole units only, although charges and transfers have decimals (MON-3).
_STRIPE_WHOLE_PAYOUTS: Final = frozenset({"HUF", "TWD"})


def currency_exponent(currency: str) -> int:
    """Digits after the decimal point of the currency's minor unit (MON-2).

    Raises `InvalidInputError` for an unknown code: it is refused, never guessed.
    """
    if currency in TWO_DECIMAL:
        return 2
    if currency in ZERO_DECIMAL:
        return 0
    if currency in THREE_DECIMAL:
        return 3
    raise InvalidInputError(f"{currency!r} is not a currency we know.", field="currency")


def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 USD, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-currency_exponent(currency))


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """`amount` at the minor unit, half-up on the magnitude, so that round(-x) = -round(x) (MON-4)."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def parse_amount(text: str, currency: str) -> Decimal:
    """The amount a person typed. Raises `InvalidInputError` when it is no number or too fine (MON-1).

    A comma or a space may stand between groups of three digits only: `12,50` is refused, not read as 1250.
    """
    typed = text.strip()
    if not _TYPED.fullmatch(typed):
        raise InvalidInputError("This is not an amount; write it like 1234.50.", field="amount")
    amount = Decimal(typed.replace(",", "").replace(" ", ""))
    if abs(amount) >= Decimal(10) ** 15:
        raise InvalidInputError("This is not an amount that can be kept.", field="amount")
    return exact(amount, currency)


def exact(amount: Decimal, currency: str) -> Decimal:
    """`amount` written with the currency's decimals; refuses one that is finer than the minor unit (MON-1)."""
    rounded = round_amount(amount, currency)
    if rounded != amount:
        raise InvalidInputError(
            f"{amount} is finer than {currency} allows: at most {currency_exponent(currency)} decimals.", field="amount"
        )
    return rounded


def format_amount(amount: Decimal, currency: str) -> str:
    """An amount for people: `1,234.50 USD`."""
    return f"{round_amount(amount, currency):,} {currency}"


def split_amount(amount: Decimal, weights: Sequence[Decimal | int], currency: str) -> list[Decimal]:
    """Split `amount` by weight so that the parts add up to it: largest remainder (MON-6).

    Ties go to the highest weight, then to the first in the sequence (give them in id order). Raises `ValueError`
    when there is nothing to split over.
    """
    total = sum(Decimal(weight) for weight in weights)
    if total <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative and must add up to more than zero")
    sign = -1 if amount < 0 else 1
    units = int(abs(exact(amount, currency)).scaleb(currency_exponent(currency)))
    shares = [Decimal(units) * Decimal(weight) / total for weight in weights]
    floors = [int(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda i: (-(shares[i] - floors[i]), -Decimal(weights[i]), i))
    for index in order[: units - sum(floors)]:
        floors[index] += 1
    return [(Decimal(sign * part)).scaleb(-currency_exponent(currency)) for part in floors]


def allocate(payments: Sequence[Decimal], totals: Sequence[Decimal], currency: str) -> list[list[Decimal]]:
    """Divide several payments over several orders: a row a payment, a column an order (MON-6).

    Each row adds up to its payment and each column to its order's total. One payment after the other is split over what
    is still owed of the orders, so nobody gets more than that, and the last one leaves nothing. Raises `ValueError`
    when the payments are not what is owed.
    """
    if sum(payments) != sum(totals) or any(amount < 0 for amount in (*payments, *totals)):
        raise ValueError("payments and totals must not be negative and must come to the same")
    owed, rows = list(totals), []
    for payment in payments:
        row = split_amount(payment, owed, currency) if payment else [Decimal(0)] * len(owed)
        owed = [left - part for left, part in zip(owed, row, strict=True)]
        rows.append(row)
    return rows


def to_stripe(amount: Decimal, currency: str) -> int:
    """The integer Stripe expects for `amount` (MON-3). Raises `InvalidInputError` for what Stripe cannot carry."""
    amount = exact(amount, currency)
    if currency in _STRIPE_TWO_DECIMALS:
        return int(amount * 100)
    if currency in _STRIPE_WHOLE_ONLY:
        if amount != amount.to_integral_value():
            raise InvalidInputError(f"Stripe takes only whole amounts of {currency}.", field="amount")
        return int(amount)
    wire = int(amount.scaleb(currency_exponent(currency)))
    if currency in THREE_DECIMAL and wire % 10:
        raise InvalidInputError(f"Stripe takes {currency} amounts with a last digit of 0 only.", field="amount")
    return wire


def from_stripe(wire: int, currency: str) -> Decimal:
    """The amount behind one of Stripe's integers; the inverse of `to_stripe`."""
    if currency in _STRIPE_TWO_DECIMALS:
        return Decimal(wire) / 100
    if currency in _STRIPE_WHOLE_ONLY:
        return exact(Decimal(wire), currency)
    return Decimal(wire).scaleb(-currency_exponent(currency))


def sendable(amount: Decimal, currency: str) -> Decimal:
    """The most of `amount` that Stripe can carry: KWD 5.124 is 5.120, MGA 500.50 is 500 (MON-3).

    Round with this before posting, so that the ledger has what was sent. Downwards: never more than was asked for.
    """
    amount = exact(amount, currency)
    if currency in _STRIPE_WHOLE_ONLY:
        step = Decimal(1)
    elif currency in THREE_DECIMAL:
        step = Decimal("0.01")
    else:
        return amount
    return round_amount(amount.quantize(step, rounding=ROUND_DOWN), currency)


def payout_amount(amount: Decimal, currency: str) -> tuple[Decimal, Decimal]:
    """What a payout of `amount` sends to the bank, and what stays on the balance: HUF 10.45 is 10 and 0.45 (MON-3)."""
    sent = sendable(amount, currency)
    if currency in _STRIPE_WHOLE_PAYOUTS:
        sent = round_amount(sent.quantize(Decimal(1), rounding=ROUND_DOWN), currency)
    return sent, exact(amount, currency) - sent
