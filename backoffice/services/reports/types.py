"""Every type of report as data: who may have it, its columns, and its one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from backoffice.permissions import GRANTS, Permission, Role
from models.report import ReportType

_MONEY, _PARCELS, _PEOPLE = Permission.REPORTS_MONEY, Permission.REPORTS_PARCELS, Permission.REPORTS_PEOPLE


class Shape(StrEnum):
    """What a column holds; an amount is in the currency of its row."""

    TEXT = "text"
    WORD = "word"
    DAY = "day"
    TIME = "time"
    NUMBER = "number"
    AMOUNT = "amount"
    #: With one decimal.
    HOURS = "hours"


_TYPES: Final[Mapping[Shape, Any]] = MappingProxyType(
    {
        Shape.TEXT: sa.Text(),
        Shape.WORD: sa.Text(),
        Shape.DAY: sa.Date(),
        Shape.TIME: sa.DateTime(timezone=True),
        Shape.NUMBER: sa.BigInteger(),
        Shape.AMOUNT: sa.Numeric(),
        Shape.HOURS: sa.Numeric(),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the statement, its head, and what it holds."""

    key: str
    label: str
    shape: Shape = Shape.NUMBER

    @property
    def sql(self) -> sa.ColumnClause[Any]:
        """The column as the statement has it."""
        return sa.column(self.key, _TYPES[self.shape])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of report. The statement is `sql/<type>.sql`, with :since, :until (included) and :currency."""

    type: ReportType
    says: str
    permission: Permission
    columns: tuple[Column, ...]
    #: Columns by which the rows stand in order; a leading `-` for descending.
    order: tuple[str, ...]

    @property
    def by_currency(self) -> bool:
        """Whether its rows are of a currency each, so that one can be chosen (MON-7)."""
        return any(column.key == "currency" for column in self.columns)


def _text(key: str, label: str) -> Column:
    return Column(key, label, Shape.TEXT)


def _word(key: str, label: str) -> Column:
    return Column(key, label, Shape.WORD)


def _amount(key: str, label: str) -> Column:
    return Column(key, label, Shape.AMOUNT)


_CURRENCY: Final = _word("currency", "Currency")
_ALL: Final = (
    Kind(type=ReportType.REVENUE, says="Sales, commission and refunds of each day.", permission=_MONEY, columns=(
        Column("day", "Day", Shape.DAY), _CURRENCY, Column("orders", "Paid orders"), _amount("sales", "Sales"),
        _amount("commission", "Commission"), Column("refunds", "Refunds"), _amount("refunded", "Refunded"),
        _amount("net", "Sales less refunds"),
    ), order=("day", "currency")),
    Kind(type=ReportType.ORDERS, says="Orders placed, by what became of them.", permission=_MONEY, columns=(
        _CURRENCY, _word("status", "Status"), _word("payment_status", "Payment"), Column("orders", "Orders"),
        _amount("subtotal", "Goods"), _amount("discount", "Discount"), _amount("shipping", "Shipping"),
        _amount("tax", "Tax"), _amount("total", "Total"),
    ), order=("currency", "-orders", "status", "payment_status")),
    Kind(type=ReportType.PRODUCTS, says="What was sold, the most first.", permission=_MONEY, columns=(
        _CURRENCY, _text("sku", "SKU"), _text("name", "Product"), _text("vendor", "Vendor"),
        Column("orders", "Orders"), Column("pieces", "Pieces"), _amount("sales", "Sales"),
        _amount("discount", "Discount"), _amount("commission", "Commission"),
    ), order=("currency", "-sales", "sku", "vendor")),
    Kind(type=ReportType.USERS, says="Who registered, counted by role and status.", permission=_PEOPLE, columns=(
        _word("role", "Role"), _word("status", "Status"), Column("registered", "Registered"),
        Column("verified", "E-mail verified"), Column("signed_in", "Have signed in"),
    ), order=("role", "status")),
    Kind(type=ReportType.LOGISTICS, says="Parcels by carrier, and how many were late.", permission=_PARCELS, columns=(
        _text("carrier", "Carrier"), _text("method", "Shipping method"), Column("parcels", "Parcels"),
        Column("delivered", "Delivered"), Column("late", "Late"), Column("failed", "Failed"),
        Column("returned", "Returned"), Column("hours", "Hours to deliver", Shape.HOURS),
    ), order=("carrier", "method", "-parcels")),
    Kind(type=ReportType.PAYOUTS, says="Every payout that was put together.", permission=_MONEY, columns=(
        _word("payout", "Payout"), Column("created_at", "Put together", Shape.TIME), _text("vendor", "Vendor"),
        _CURRENCY, _amount("amount", "Amount"), _amount("reversed", "Reversed"), _word("status", "Status"),
        _word("method", "Method"), Column("processed_at", "Processed", Shape.TIME), _text("failure_code", "Failure"),
    ), order=("created_at", "payout")),
    Kind(type=ReportType.DISPUTES, says="Disputes opened, by kind and outcome.", permission=_MONEY, columns=(
        _CURRENCY, _word("type", "Type"), _word("priority", "Priority"), _word("status", "Status"),
        _word("outcome", "Outcome"), Column("disputes", "Disputes"), _amount("requested", "Requested"),
        _amount("approved", "Approved"), Column("hours", "Hours to decide", Shape.HOURS),
    ), order=("currency", "type", "priority", "status", "outcome")),
    Kind(type=ReportType.TAX, says="Tax taken and refunded, by country and by who hands it in.", permission=_MONEY,
         columns=(
        _CURRENCY, _text("country", "Country"), _word("remitter", "Handed in by"), Column("orders", "Orders"),
        _amount("goods", "Goods"), _amount("tax", "Tax"), _amount("refunded", "Refunded"), _amount("net", "Tax left"),
    ), order=("currency", "country", "remitter")),
    Kind(type=ReportType.MODERATION, says="What was decided about products and reviews, and by whom.",
         permission=_PEOPLE, columns=(
        _word("about", "About"), _text("decided_by", "Decided by"), Column("decisions", "Decisions"),
        Column("approved", "Approved"), Column("rejected", "Rejected"),
        Column("changes_requested", "Changes requested"), Column("taken_down", "Taken down"),
    ), order=("about", "-decisions", "decided_by")),
)  # fmt: skip
KINDS: Final[Mapping[ReportType, Kind]] = MappingProxyType({kind.type: kind for kind in _ALL})


def of(role: Role) -> list[Kind]:
    """The types that people of this role may ask for, in order."""
    return [kind for kind in _ALL if kind.permission in GRANTS[role]]
