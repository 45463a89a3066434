"""Imports: a file, what its columns mean, what each row would do, the writing, and the way back."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from backoffice.clock import now
from models import AuditLog, Notification, Product, ProductChangeRequest, ShippingMethod, SubscriptionPlan
from models.change_request import ChangeRequestStatus
from models.imports import ImportStatus, RowResult, Verdict
from models.product import ProductStatus
from tests.factories import make_product, make_shipping_method
from tests.support.exports import fetch
from tests.support.imports import (
    carry_out,
    csv_of,
    id_of,
    judge,
    kept,
    lines,
    start,
    undo,
    upload,
    write,
    xlsx_of,
)

STOCK = ["sku", "stock_quantity"]
NEW = ["sku", "name", "slug", "category_id", "price", "currency"]


def _product(committed, product):
    committed.rollback()
    return committed.get_one(Product, product.id, populate_existing=True)


def test_from_the_button_to_the_way_back(own, committed):
    """The whole road: guessed columns, a preview that changed nothing, written once, told, undone once."""
    one, two, _ = own.products
    assert "/vendor/products/import/" in own.get("products/").text
    data = csv_of(
        ["Sku", "Stock-Quantity", "Remark"], [one.sku, 77, "x"], [two.sku, two.stock_quantity, "x"], ["", 5, "x"]
    )
    import_id = id_of(upload(own, "products", data, "C:\\stock\\list.csv"))
    page = own.get(f"products/import/columns/?id={import_id}").text
    assert [f'value="{name}" selected' in page for name in STOCK] == [True, True]
    assert 'value="name" selected' not in page
    form = {"column_0": "sku", "column_1": "stock_quantity", "key": "sku", "mode": "good"}
    assert own.post(f"products/import/columns/?id={import_id}", form).status_code == 302
    found = lines(own, import_id)
    assert [row.verdict for row in found.values()] == [Verdict.CHANGED, Verdict.UNCHANGED, Verdict.BAD]
    assert found[4].messages == ["SKU: It is needed to find the row."]
    assert _product(committed, one).stock_quantity == 10
    page = own.get(f"products/import/rows/?id={import_id}").text
    assert "list.csv" in page
    assert "<del>10</del>" in page
    assert "Write 1 row<" in page
    assert start(own, "products", import_id).status_code == 302
    assert carry_out(own, import_id).status is ImportStatus.DONE
    assert _product(committed, one).stock_quantity == 77
    told = committed.scalars(sa.select(Notification).where(Notification.subject_id == import_id)).one()
    assert (told.event_key, told.title) == ("import.finished", "Import of products is done")
    assert told.message == "1 written, 1 left out."
    noted = committed.scalars(
        sa.select(AuditLog).where(AuditLog.entity_id == str(one.id), AuditLog.action == "update")
    ).one()
    assert (noted.actor_id, noted.request_id) == (own.user.id, f"import-{import_id}")
    assert noted.after == {"stock_quantity": 77}
    assert "Undo this import" in own.get(f"products/import/rows/?id={import_id}").text
    undo(own, "products", import_id)
    assert carry_out(own, import_id).status is ImportStatus.UNDONE
    assert _product(committed, one).stock_quantity == 10
    page = own.get(f"products/import/rows/?id={import_id}").text
    assert "Undo this import" not in page
    assert undo(own, "products", import_id).status_code == 302
    assert "cannot be undone" in own.get("products/").text
    assert kept(own, import_id).status is ImportStatus.UNDONE


def test_new_rows_are_the_makers_own(own, committed):
    """ACC-1: a vendor's new product is the vendor's, as in the form; references by slug, name or id."""
    mark = own.category.slug[-6:]
    rows = [
        [f"N{n}-{mark}", f"New {n}", f"new-{n}-{mark}", by, "12.50", "USD"]
        for n, by in enumerate((own.category.slug, own.category.name, own.category.id, "no-such-category"))
    ]
    import_id = write(own, "products", csv_of(NEW, *rows), NEW, "sku")
    found = lines(own, import_id)
    assert [row.result for row in found.values()] == [RowResult.WRITTEN] * 3 + [None]
    assert found[5].messages == ["Category: There is no category “no-such-category”."]
    made = committed.scalars(sa.select(Product).where(Product.sku.like(f"N%-{mark}")).order_by(Product.sku)).all()
    assert {product.vendor_id for product in made} == {own.user.id}
    assert [product.status for product in made] == [ProductStatus.DRAFT] * 3
    assert made[0].price == Decimal("12.5000")
    assert [product.id for product in made] == [found[line].target_id for line in (2, 3, 4)]
    undo(own, "products", import_id)
    carry_out(own, import_id)
    committed.rollback()
    gone = committed.scalars(sa.select(Product.deleted_at).where(Product.sku.like(f"N%-{mark}"))).all()
    assert len(gone) == 3
    assert None not in gone


def test_another_vendors_sku_tells_nothing_of_its_owner(own, committed):
    """ACC-1: looked up within the scope; what is taken elsewhere reads as the form says it."""
    foreign = make_product(committed, name="Quokka lamp")
    committed.commit()
    rows = [[foreign.sku, "Mine", "mine-of-all", own.category.slug, "5", "USD"]]
    import_id = judge(own, "products", csv_of(NEW, *rows), NEW, "sku")
    (row,) = lines(own, import_id).values()
    assert (row.verdict, row.target_id) == (Verdict.BAD, None)
    assert row.messages == ["SKU: Another product already has this sku."]
    assert "Quokka" not in own.get(f"products/import/rows/?id={import_id}").text


def test_one_that_the_database_refuses_is_bad_alone(own, committed):
    """Rows are sent to the database together; the others of a refused batch are judged as if it were not there."""
    foreign = make_product(committed)
    committed.commit()
    mark, slug = foreign.sku[-8:], own.category.slug
    rows = [[f"T{n}-{mark}", f"Thing {n}", f"thing-{n}-{mark}", slug, "5", "USD"] for n in range(60)]
    rows[30][0] = foreign.sku
    # Within the batch, and after it.
    rows[33][2], rows[58][2] = rows[3][2], rows[29][2]
    found = lines(own, judge(own, "products", csv_of(NEW, *rows), NEW, "sku"))
    bad = {line: row.messages for line, row in found.items() if row.verdict is Verdict.BAD}
    assert bad == {
        32: ["SKU: Another product already has this sku."],
        35: ["Slug: Another product already has this slug."],
        60: ["Slug: Another product already has this slug."],
    }
    assert {row.verdict for line, row in found.items() if line not in bad} == {Verdict.NEW}


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("price", "12,50", "Price: This is not a number."),
        ("price", "1,234.50", "Price: This is not a number."),
        ("price", "-1", "Price: The price must be more than zero."),
        ("price", "1.23456", "Price: At most 4 decimals."),
        ("currency", "EUR", "Currency: This cannot be changed by an import."),
        ("visibility", "hidden", "Visibility: This is not one of the choices."),
        ("is_digital", "perhaps", "Is digital: This is not one of the choices."),
        ("specifications", "[1]", "Specifications: Write names and values"),
        ("slug", "x" * 241, "Slug: At most 240 characters."),
    ],
)
def test_a_bad_cell_says_what_the_form_says(own, column, text, says):
    data = xlsx_of(["SKU", column], [own.products[0].sku, text])
    (row,) = lines(own, judge(own, "products", data, ["sku", column], "sku")).values()
    assert row.verdict is Verdict.BAD
    assert row.messages[0].startswith(says)


@pytest.mark.parametrize(
    ("column", "cell", "after"),
    [("price", 12.5, "12.5"), ("stock_quantity", 5.0, 5), ("visibility", "Private", "private"),
     ("is_digital", True, True), ("description", "'=1+1", "=1+1"), ("name", "Ünï “x”", "Ünï “x”")],
)  # fmt: skip
def test_what_a_cell_means(own, column, cell, after):
    data = xlsx_of(["SKU", column], [own.products[0].sku, cell])
    (row,) = lines(own, judge(own, "products", data, ["sku", column], "sku")).values()
    assert row.verdict is Verdict.CHANGED, row.messages
    assert row.changes[column]["after"] == after


def test_an_empty_cell_leaves_what_is_there(own):
    data = csv_of(["SKU", "name", "stock"], [own.products[0].sku, "", 3])
    (row,) = lines(own, judge(own, "products", data, ["sku", "name", "stock_quantity"], "sku")).values()
    assert set(row.changes) == {"stock_quantity"}


def test_formulas_are_refused_row_by_row(own):
    one, two, _ = own.products
    data = xlsx_of(["SKU", "Stock"], [one.sku, "=1+1"], [two.sku, 4])
    first, second = lines(own, judge(own, "products", data, STOCK, "sku")).values()
    assert "formula" in first.messages[0]
    assert second.verdict is Verdict.CHANGED


def test_the_same_twice_is_bad_whether_it_is_key_or_unique(own):
    mark = own.category.slug[-6:]
    rows = [[f"T{n}-{mark}", "Twin", slug, own.category.slug, "5", "USD"] for n, slug in enumerate(("tw", "tw"))]
    rows.append(rows[0])
    found = lines(own, judge(own, "products", csv_of(NEW, *rows), NEW, "sku"))
    assert [row.verdict for row in found.values()] == [Verdict.NEW, Verdict.BAD, Verdict.BAD]
    assert found[3].messages == ["Slug: Another product already has this slug."]
    assert found[4].messages == ["SKU: Line 2 has the same."]


def test_what_needs_a_review_waits(own, committed):
    """MOD-3: what the form keeps back, the import keeps back; the preview says so, and an undo withdraws it."""
    active = make_product(committed, vendor=own.user, status=ProductStatus.ACTIVE, price=Decimal("10.00"), name="Old")
    committed.commit()
    columns = ["sku", "name", "stock_quantity"]
    import_id = write(own, "products", csv_of(columns, [active.sku, "New", "77"]), columns, "sku", mode="all")
    (row,) = lines(own, import_id).values()
    assert "Waits for review" in row.messages[0]
    committed.refresh(active)
    assert (active.name, active.stock_quantity) == ("Old", 77)
    request = committed.scalars(sa.select(ProductChangeRequest).filter_by(product_id=active.id)).one()
    assert (request.proposed, request.status) == ({"name": "New"}, ChangeRequestStatus.PENDING)
    undo(own, "products", import_id)
    carry_out(own, import_id)
    committed.refresh(request)
    assert request.status is ChangeRequestStatus.CANCELLED


def test_a_key_that_is_not_unique_is_told(admin, committed):
    """Two shipping methods of one name: which one is meant?"""
    name = make_shipping_method(committed, name=f"Twin {now().timestamp()}").name
    make_shipping_method(committed, name=name)
    committed.commit()
    data = csv_of(["Name", "base_rate"], [name, "5"])
    (row,) = lines(admin, judge(admin, "shipping_methods", data, ["name", "base_rate"], "name")).values()
    assert row.messages == ["Name: There are several with this one."]


def test_plans_are_imported_without_what_an_action_owns(admin, committed):
    """COM-9: the rate of a plan that exists is changed by its action only."""
    plan = committed.scalars(sa.select(SubscriptionPlan).limit(1)).one()
    columns = ["slug", "max_products", "commission_rate"]
    for rate, verdict in ((f"{plan.commission_rate:f}", Verdict.CHANGED), ("0.5", Verdict.BAD)):
        data = csv_of(columns, [plan.slug, (plan.max_products or 0) + 5, rate])
        (row,) = lines(admin, judge(admin, "subscription_plans", data, columns, "slug")).values()
        assert row.verdict is verdict, row.messages


def test_pages_take_few_statements(own):
    data = csv_of(["SKU", "Stock"], *[[f"{own.products[0].sku}-{n}", n] for n in range(120)])
    import_id = judge(own, "products", data, STOCK, "sku")
    for path in ("import/", f"import/columns/?id={import_id}", f"import/rows/?id={import_id}&show=bad"):
        answer, statements = own.count(f"products/{path}")
        assert answer.status_code == 200
        assert len(statements) <= 4, statements
    page = own.get(f"products/import/rows/?id={import_id}&show=bad").text
    assert page.count("data-line=") == 50
    assert "after=51" in page
    assert own.get(f"products/import/rows/?id={import_id}&show=bad&after=101").text.count("data-line=") == 20
    assert own.get(f"products/import/rows/?id={import_id}&show=x&after=x").status_code == 200


def test_a_watching_page_is_told_when_it_is_over(own):
    import_id = judge(own, "products", csv_of(["SKU", "Stock"], [own.products[0].sku, 5]), STOCK, "sku")
    start(own, "products", import_id)
    path = f"products/import/progress/?id={import_id}&show=changed"
    watching = own.get(path)
    assert "every 1s" in watching.text
    assert f"{import_id}&amp;show=changed" in watching.text
    carry_out(own, import_id)
    over = own.get(path)
    assert over.headers["HX-Retarget"] == "#main"
    assert "every 1s" not in over.text
    assert over.text.count("data-line=") == 1


def test_a_draft_has_no_progress_to_watch(own):
    import_id = id_of(upload(own, "products", csv_of(["SKU", "Stock"], [own.products[0].sku, 5])))
    assert "import/columns" in own.get(f"products/import/progress/?id={import_id}").headers["Location"]


def test_what_was_exported_comes_back_unchanged(own):
    """The headings and values of our own files are understood: a currency beside its amount, names of categories."""
    data = fetch(own, "products")
    import_id = id_of(upload(own, "products", data))
    page = own.get(f"products/import/columns/?id={import_id}").text
    assert [f'value="{name}" selected' in page for name in ("name", "sku", "category_id", "price", "currency")] == [
        True
    ] * 5
    columns = ["name", "sku", "category_id", "", "price", "currency", "stock_quantity", ""]
    form = {f"column_{number}": name for number, name in enumerate(columns)}
    own.post(f"products/import/columns/?id={import_id}", {**form, "key": "sku", "mode": "all"})
    assert {row.verdict for row in lines(own, import_id).values()} == {Verdict.UNCHANGED}


def test_shipping_methods_are_made_by_name(admin, committed):
    columns = ["name", "carrier", "service_type", "currency", "estimated_days_min", "estimated_days_max"]
    name = f"Slow boat {now().timestamp()}"
    import_id = write(admin, "shipping_methods", csv_of(columns, [name, "DHL", "sea", "USD", 9, 30]), columns, "name")
    made = committed.scalars(sa.select(ShippingMethod).where(ShippingMethod.name == name)).one()
    assert made.id == lines(admin, import_id)[2].target_id
