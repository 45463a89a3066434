"""Small valid rows for tests: each function inserts one thing with what it needs, and flushes.

Everything has a sensible default; name only what the test is about.
"""

from tests.factories.acting import acting_for
from tests.factories.disputes import make_dispute
from tests.factories.orders import items_of, make_order, make_payment, payment_of
from tests.factories.products import make_category, make_product, make_review
from tests.factories.refunds import make_refund
from tests.factories.shipments import make_shipment, make_shipping_method
from tests.factories.users import make_user, make_vendor

__all__ = [
    "acting_for",
    "items_of",
    "make_category",
    "make_dispute",
    "make_order",
    "make_payment",
    "make_product",
    "make_refund",
    "make_review",
    "make_shipment",
    "make_shipping_method",
    "make_user",
    "make_vendor",
    "payment_of",
]
