"""Permissions `noun:verb`, roles as sets of them. Everything that asks "may this person?" reads this table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from backoffice.enums import Actor, LabelledEnum


class Role(LabelledEnum):
    """Who a user is; decides the panel. `customer` is a data subject and can never sign in (data model C1.1)."""

    ADMIN = "admin", "Admin"
    VENDOR = "vendor", "Vendor"
    LOGISTICS = "logistics", "Logistics"
    FINANCE = "finance", "Finance"
    CUSTOMER = "customer", "Customer"

    @property
    def actor(self) -> Actor:
        """The letter of this role in the status machines. Raises `ValueError` for customers, who act on nothing."""
        return _ACTORS[self]


_ACTORS = {
    Role.ADMIN: Actor.ADMIN,
    Role.VENDOR: Actor.VENDOR,
    Role.LOGISTICS: Actor.LOGISTICS,
    Role.FINANCE: Actor.FINANCE,
}


class Permission(StrEnum):
    """One thing that can be done, as `noun:verb`."""

    CATEGORIES_WRITE = "categories:write"
    CANNED_REPLIES_WRITE = "canned_replies:write"
    CHARGEBACKS_ANSWER = "chargebacks:answer"
    CHARGEBACKS_APPROVE = "chargebacks:approve"
    COMMISSION_WRITE = "commission:write"
    DISPUTES_ANSWER = "disputes:answer"
    DISPUTES_WORK = "disputes:work"
    INVOICES_GIVE_UP = "invoices:give_up"
    LEDGER_ADJUST = "ledger:adjust"
    LEDGER_APPROVE = "ledger:approve"
    MAILS_SEND = "mails:send"
    ORDERS_CANCEL = "orders:cancel"
    PANEL_ADMIN = "panel:admin"
    PANEL_FINANCE = "panel:finance"
    PANEL_LOGISTICS = "panel:logistics"
    PANEL_VENDOR = "panel:vendor"
    PAYOUTS_APPROVE = "payouts:approve"
    PAYOUTS_RELEASE = "payouts:release"
    PLANS_WRITE = "plans:write"
    PRODUCTS_MODERATE = "products:moderate"
    PRODUCTS_SELL = "products:sell"
    PRODUCTS_WRITE = "products:write"
    RECON_WORK = "recon:work"
    REFUNDS_APPROVE = "refunds:approve"
    REFUNDS_REQUEST = "refunds:request"
    REPORTS_ASK = "reports:ask"
    REPORTS_MONEY = "reports:money"
    REPORTS_PARCELS = "reports:parcels"
    REPORTS_PEOPLE = "reports:people"
    RETURNS_DECIDE = "returns:decide"
    RETURNS_RECEIVE = "returns:receive"
    REVIEWS_MODERATE = "reviews:moderate"
    REVIEWS_RESPOND = "reviews:respond"
    SETTINGS_WRITE = "settings:write"
    SHIPMENTS_CREATE = "shipments:create"
    SHIPMENTS_MOVE = "shipments:move"
    SHIPPING_METHODS_WRITE = "shipping_methods:write"
    SUBSCRIPTIONS_CHANGE = "subscriptions:change"
    SUBSCRIPTIONS_KEEP = "subscriptions:keep"
    SUBSCRIPTIONS_MANAGE = "subscriptions:manage"
    USERS_VIEW_AS = "users:view_as"
    USERS_WRITE = "users:write"
    VENDORS_ANSWER = "vendors:answer"
    VENDORS_SUSPEND = "vendors:suspend"
    VENDORS_TERMINATE = "vendors:terminate"
    VENDORS_VERIFY = "vendors:verify"
    WEBHOOKS_REPLAY = "webhooks:replay"


GRANTS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.ADMIN: frozenset(
            {
                Permission.CANNED_REPLIES_WRITE,
                Permission.CATEGORIES_WRITE,
                Permission.CHARGEBACKS_ANSWER,
                Permission.CHARGEBACKS_APPROVE,
                Permission.COMMISSION_WRITE,
                Permission.DISPUTES_WORK,
                # As with payouts, an admin is only ever the second person.
                Permission.LEDGER_APPROVE,
                Permission.MAILS_SEND,
                Permission.ORDERS_CANCEL,
                Permission.PANEL_ADMIN,
                # An admin is only ever the second person of a payout (data model C1.10, WHO-1).
                Permission.PAYOUTS_APPROVE,
                Permission.PLANS_WRITE,
                Permission.PRODUCTS_MODERATE,
                Permission.PRODUCTS_WRITE,
                Permission.RECON_WORK,
                Permission.REFUNDS_REQUEST,
                Permission.REPORTS_ASK,
                Permission.REPORTS_MONEY,
                Permission.REPORTS_PARCELS,
                Permission.REPORTS_PEOPLE,
                Permission.RETURNS_DECIDE,
                Permission.REVIEWS_MODERATE,
                Permission.SETTINGS_WRITE,
                Permission.SHIPMENTS_CREATE,
                Permission.SHIPPING_METHODS_WRITE,
                Permission.SUBSCRIPTIONS_CHANGE,
                Permission.SUBSCRIPTIONS_MANAGE,
                Permission.USERS_VIEW_AS,
                Permission.USERS_WRITE,
                Permission.VENDORS_ANSWER,
                Permission.VENDORS_SUSPEND,
                Permission.VENDORS_TERMINATE,
                Permission.VENDORS_VERIFY,
                Permission.WEBHOOKS_REPLAY,
            }
        ),
        Role.FINANCE: frozenset(
            {
                Permission.CHARGEBACKS_ANSWER,
                Permission.CHARGEBACKS_APPROVE,
                Permission.INVOICES_GIVE_UP,
                Permission.LEDGER_ADJUST,
                Permission.LEDGER_APPROVE,
                Permission.PANEL_FINANCE,
                Permission.PAYOUTS_APPROVE,
                Permission.PAYOUTS_RELEASE,
                Permission.RECON_WORK,
                Permission.REFUNDS_APPROVE,
                Permission.REFUNDS_REQUEST,
                Permission.REPORTS_ASK,
                Permission.REPORTS_MONEY,
                Permission.WEBHOOKS_REPLAY,
            }
        ),
        Role.LOGISTICS: frozenset(
            {
                Permission.PANEL_LOGISTICS,
                Permission.REPORTS_ASK,
                Permission.REPORTS_PARCELS,
                Permission.RETURNS_RECEIVE,
                Permission.SHIPMENTS_CREATE,
                Permission.SHIPMENTS_MOVE,
            }
        ),
        Role.VENDOR: frozenset(
            {
                Permission.DISPUTES_ANSWER,
                Permission.ORDERS_CANCEL,
                Permission.PANEL_VENDOR,
                Permission.PRODUCTS_SELL,
                Permission.PRODUCTS_WRITE,
                Permission.RETURNS_DECIDE,
                Permission.REVIEWS_RESPOND,
                Permission.SHIPMENTS_CREATE,
                Permission.SUBSCRIPTIONS_CHANGE,
                Permission.SUBSCRIPTIONS_KEEP,
                Permission.VENDORS_ANSWER,
            }
        ),
        Role.CUSTOMER: frozenset(),
    }
)


def allows(role: Role, permission: Permission) -> bool:
    """Whether the role holds the permission."""
    return permission in GRANTS[role]
