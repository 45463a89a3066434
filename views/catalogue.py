"""Every entity of the panels, in the order of the menus."""

from __future__ import annotations

from views import (
    analytics_events,
    audit,
    categories,
    disputes,
    notifications,
    operations,
    order_items,
    orders,
    payments,
    payouts,
    platform_settings,
    products,
    refunds,
    reports,
    reviews,
    shipments,
    shipping_addresses,
    shipping_methods,
    subscriptions,
    transactions,
    user_profiles,
    users,
    vendor_profiles,
)
from views.access import Entity

#: Headings of the menus, in order.
GROUPS = ("Work", "Catalogue", "Sales", "Logistics", "Money", "People", "System")

ENTITIES: tuple[Entity, ...] = (
    operations.ENTITY,
    audit.APPROVALS,
    notifications.ENTITY,
    reports.ENTITY,
    products.ENTITY,
    categories.ENTITY,
    reviews.ENTITY,
    orders.ENTITY,
    order_items.ENTITY,
    disputes.ENTITY,
    disputes.MESSAGES,
    shipments.ENTITY,
    shipments.ITEMS,
    shipments.EVENTS,
    shipping_methods.ENTITY,
    payments.ENTITY,
    refunds.ENTITY,
    refunds.ITEMS,
    payouts.ENTITY,
    payouts.ITEMS,
    payouts.HOLDS,
    transactions.ENTITY,
    subscriptions.ENTITY,
    subscriptions.PLANS,
    users.ENTITY,
    user_profiles.ENTITY,
    vendor_profiles.ENTITY,
    shipping_addresses.ENTITY,
    platform_settings.ENTITY,
    analytics_events.ENTITY,
    audit.LOG,
    audit.HISTORY,
)
