"""Every table of the back-office; importing this package registers them all on `Base.metadata`."""

from models.analytics_event import AnalyticsEvent
from models.audit import AuditLog, StatusHistory
from models.base import Base
from models.canned_reply import CannedReply
from models.category import Category
from models.change_request import ProductChangeRequest
from models.chargeback import Chargeback, ChargebackEvidence
from models.constraints import add_derived_checks
from models.delivery_proof import DeliveryProof
from models.dispute import Dispute, DisputeMessage
from models.dispute_attachment import DisputeAttachment
from models.dispute_event import DisputeEvent
from models.export import Export
from models.figure import DailyFigure, FigureMark
from models.heartbeat import Heartbeat
from models.impersonation import Impersonation
from models.imports import Import, ImportRow
from models.invoice_charge import InvoiceCharge
from models.journal import Journal, JournalLine
from models.ledger import AccountBalance, LedgerAccount
from models.moderation_decision import ModerationDecision
from models.notification import Mail, Notification
from models.notification_preference import NotificationPreference
from models.operation import Approval, Operation, OperationItem
from models.order import Order
from models.order_group import OrderGroup
from models.order_item import OrderItem
from models.payment import Payment
from models.payment_allocation import PaymentAllocation
from models.payout import Payout, PayoutHold, PayoutItem
from models.pending_earning import PendingEarning
from models.platform_setting import PlatformSetting
from models.product import Product
from models.product_review import ProductReview
from models.provider_sweep import ProviderSweep
from models.recent_record import RecentRecord
from models.recon import ProviderBooking, ReconItem, ReconRun
from models.refund import Refund, RefundItem
from models.report import Report, ReportSchedule
from models.returns import Return, ReturnItem
from models.review_lease import ReviewLease
from models.saved_view import ListPreference, SavedView
from models.searchable_name import NameWord, SearchableName
from models.shipment import Shipment, ShipmentEvent, ShipmentItem
from models.shipping_address import ShippingAddress
from models.shipping_method import ShippingMethod
from models.sla import BusinessCalendar, SlaPolicy
from models.stock_movement import StockKind, StockMovement
from models.subscription import Subscription, SubscriptionPlan
from models.subscription_invoice import SubscriptionInvoice
from models.transaction import Transaction
from models.transfer_reversal import TransferReversal
from models.user import User
from models.user_preference import UserPreference
from models.user_profile import UserProfile
from models.user_session import SignInAttempt, UserSession
from models.vendor_decision import VendorDecision
from models.vendor_profile import VendorProfile
from models.vendor_requirement import VendorDocument, VendorRequirement
from models.webhook_event import WebhookEvent
from models.wrong_key import WrongKey

add_derived_checks(Base.metadata)

__all__ = [
    "AccountBalance",
    "AnalyticsEvent",
    "Approval",
    "AuditLog",
    "Base",
    "BusinessCalendar",
    "CannedReply",
    "Category",
    "Chargeback",
    "ChargebackEvidence",
    "DailyFigure",
    "DeliveryProof",
    "Dispute",
    "DisputeAttachment",
    "DisputeEvent",
    "DisputeMessage",
    "Export",
    "FigureMark",
    "Heartbeat",
    "Impersonation",
    "Import",
    "ImportRow",
    "InvoiceCharge",
    "Journal",
    "JournalLine",
    "LedgerAccount",
    "ListPreference",
    "Mail",
    "ModerationDecision",
    "NameWord",
    "Notification",
    "NotificationPreference",
    "Operation",
    "OperationItem",
    "Order",
    "OrderGroup",
    "OrderItem",
    "Payment",
    "PaymentAllocation",
    "Payout",
    "PayoutHold",
    "PayoutItem",
    "PendingEarning",
    "PlatformSetting",
    "Product",
    "ProductChangeRequest",
    "ProductReview",
    "ProviderBooking",
    "ProviderSweep",
    "RecentRecord",
    "ReconItem",
    "ReconRun",
    "Refund",
    "RefundItem",
    "Report",
    "ReportSchedule",
    "Return",
    "ReturnItem",
    "ReviewLease",
    "SavedView",
    "SearchableName",
    "Shipment",
    "ShipmentEvent",
    "ShipmentItem",
    "ShippingAddress",
    "ShippingMethod",
    "SignInAttempt",
    "SlaPolicy",
    "StatusHistory",
    "StockKind",
    "StockMovement",
    "Subscription",
    "SubscriptionInvoice",
    "SubscriptionPlan",
    "Transaction",
    "TransferReversal",
    "User",
    "UserPreference",
    "UserProfile",
    "UserSession",
    "VendorDecision",
    "VendorDocument",
    "VendorProfile",
    "VendorRequirement",
    "WebhookEvent",
    "WrongKey",
]
