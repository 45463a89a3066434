"""What a reference to a row of each entity looks like to people: one SQL expression an entity."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from models import (
    Base,
    BusinessCalendar,
    CannedReply,
    Category,
    Chargeback,
    Notification,
    Operation,
    Order,
    OrderGroup,
    OrderItem,
    Payment,
    PlatformSetting,
    Product,
    ReconItem,
    ReconRun,
    Report,
    ReportSchedule,
    Shipment,
    ShippingAddress,
    ShippingMethod,
    SlaPolicy,
    Subscription,
    SubscriptionPlan,
    User,
    UserProfile,
    VendorDocument,
    VendorProfile,
    VendorRequirement,
    WebhookEvent,
)
from models.vendor_requirement import RequirementKind

_LABELS: Mapping[type[Base], Callable[[Any], Any]] = {
    BusinessCalendar: lambda row: row.name,
    CannedReply: lambda row: row.title,
    Category: lambda row: row.name,
    Chargeback: lambda row: row.stripe_dispute_id,
    Notification: lambda row: row.title,
    Operation: lambda row: row.action,
    Order: lambda row: row.order_number,
    OrderGroup: lambda row: row.group_number,
    OrderItem: lambda row: row.product_name,
    Payment: lambda row: sa.func.coalesce(row.stripe_payment_intent_id, _numbered(row)),
    PlatformSetting: lambda row: row.key,
    Product: lambda row: row.name,
    ReconItem: lambda row: row.provider_id,
    ReconRun: lambda row: sa.cast(row.day, sa.Text) + " " + row.currency,
    Report: lambda row: row.name,
    ReportSchedule: lambda row: "Schedule " + _tail(row.id),
    Shipment: lambda row: sa.func.coalesce(row.tracking_number, _numbered(row)),
    ShippingAddress: lambda row: row.name,
    ShippingMethod: lambda row: row.name,
    SlaPolicy: lambda row: row.name,
    Subscription: lambda row: "Subscription of " + _name_of(row.vendor_id),
    SubscriptionPlan: lambda row: row.name,
    User: lambda row: row.first_name + " " + row.last_name,
    UserProfile: lambda row: "Profile of " + _name_of(row.user_id),
    VendorDocument: lambda row: row.file_name,
    VendorProfile: lambda row: "Vendor " + _name_of(row.vendor_id),
    VendorRequirement: lambda row: sa.case({one: one.label for one in RequirementKind}, value=row.kind),
    WebhookEvent: lambda row: row.provider_event_id,
}
#: What the entities are called whose name is not the words of the model's.
_NOUNS = {"Mail": "E-mail", "ProductChangeRequest": "Change", "ProductReview": "Review", "DeliveryProof": "Proof"}


def _name_of(user_id: Any) -> Any:
    """First and last name of a user."""
    user = aliased(User)
    return sa.select(user.first_name + " " + user.last_name).where(user.id == user_id).scalar_subquery()


#: Small enough to be searched by the start of the label without an index.
PREFIX_SEARCHED = frozenset({Category, ShippingMethod, SubscriptionPlan, User})


def _tail(column: Any) -> Any:
    """The last eight digits of an id: the random part, which tells rows apart."""
    return sa.func.right(sa.cast(column, sa.Text), 8)


def _numbered(row: Any) -> Any:
    """Noun and end of the id, for a row that has nothing better."""
    name = sa.inspect(row).mapper.class_.__name__
    noun = _NOUNS.get(name) or re.sub(r"(?<=[a-z])[A-Z]", lambda found: " " + found[0].lower(), name)
    return f"{noun} " + _tail(row.id)


def label(row: Any) -> sa.ColumnElement[str]:
    """The label of an entity or of an alias of one."""
    made = _LABELS.get(sa.inspect(row).mapper.class_, _numbered)(row)
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
