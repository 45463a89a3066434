"""What a reference to a row of each entity looks like to people: one SQL expression an entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models import (
    Base,
    Category,
    Dispute,
    Notification,
    Operation,
    Order,
    OrderItem,
    Payment,
    Payout,
    Product,
    ProductChangeRequest,
    ProductReview,
    Refund,
    ReportSchedule,
    Shipment,
    ShippingMethod,
    SubscriptionPlan,
    User,
    VendorProfile,
    VendorRequirement,
)
from models.vendor_requirement import RequirementKind

_LABELS: Mapping[type[Base], Callable[[Any], Any]] = {
    Category: lambda row: row.name,
    Dispute: lambda row: "Dispute " + _tail(row.id),
    Notification: lambda row: row.title,
    Operation: lambda row: row.action,
    Order: lambda row: row.order_number,
    OrderItem: lambda row: row.product_name,
    Payment: lambda row: sa.func.coalesce(row.stripe_payment_intent_id, "Payment " + _tail(row.id)),
    Payout: lambda row: "Payout " + _tail(row.id),
    Product: lambda row: row.name,
    ProductChangeRequest: lambda row: "Change " + _tail(row.id),
    Refund: lambda row: "Refund " + _tail(row.id),
    ReportSchedule: lambda row: "Schedule " + _tail(row.id),
    ProductReview: lambda row: "Review " + _tail(row.id),
    Shipment: lambda row: sa.func.coalesce(row.tracking_number, "Shipment " + _tail(row.id)),
    ShippingMethod: lambda row: row.name,
    SubscriptionPlan: lambda row: row.name,
    User: lambda row: row.first_name + " " + row.last_name,
    VendorProfile: lambda row: "Vendor " + _name_of(row.vendor_id),
    VendorRequirement: lambda row: sa.case({one: one.label for one in RequirementKind}, value=row.kind),
}


def _name_of(user_id: Any) -> Any:
    """First and last name of a user."""
    user = aliased(User)
    return sa.select(user.first_name + " " + user.last_name).where(user.id == user_id).scalar_subquery()


#: Small enough to be searched by the start of the label without an index.
PREFIX_SEARCHED = frozenset({Category, ShippingMethod, SubscriptionPlan, User})


def _tail(column: Any) -> Any:
    """The last eight digits of an id: the random part, which tells rows apart."""
    return sa.func.right(sa.cast(column, sa.Text), 8)


def label(row: Any) -> sa.ColumnElement[str]:
    """The label of an entity or of an alias of one."""
    made = _LABELS.get(sa.inspect(row).mapper.class_, lambda other: _tail(other.id))(row)
    return sa.type_coerce(made, sa.Text)


def named_by(model: type[Any]) -> str | None:
    """The attribute that alone is the label of a row; None where the label is made of more, or of less."""
    made = _LABELS[model](model) if model in _LABELS else None
    return made.key if isinstance(made, InstrumentedAttribute) else None


@cache
def referred(column: Any, target: type[Any]) -> sa.ColumnElement[str]:
    """The label of the row of `target` that `column` points at, as a correlated subquery."""
    row = aliased(target)
    return sa.select(label(row)).where(row.id == column).scalar_subquery()


def labels_of(session: Session, model: Any, ids: Sequence[Any]) -> dict[Any, str]:
    """Labels of these rows by id, in one statement."""
    rows: Any = session.execute(sa.select(model.id, label(model)).where(model.id.in_(ids)))
    return dict(rows.all())
