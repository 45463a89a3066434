"""Rows of a file that refer to other rows of it."""

from __future__ import annotations

import sqlalchemy as sa

from models import Category
from models.imports import RowResult, Verdict
from tests.factories import make_category
from tests.support.imports import carry_out, csv_of, judge, lines, undo, write


def test_rows_may_refer_to_rows_above(admin, committed):
    """New rows have their ids from the preview on, and are undone from the last to the first."""
    mark = make_category(committed).slug[-6:]
    committed.commit()
    columns = ["slug", "name", "parent_id"]
    rows = [[f"up-{mark}", f"Up {mark}", ""], [f"down-{mark}", f"Down {mark}", f"up-{mark}"]]
    import_id = write(admin, "categories", csv_of(columns, *rows), columns, "slug", mode="all")
    up, down = committed.scalars(
        sa.select(Category).where(Category.slug.like(f"%-{mark}")).order_by(Category.id)
    ).all()[-2:]
    assert down.parent_id == up.id
    undo(admin, "categories", import_id)
    carry_out(admin, import_id)
    assert [row.result for row in lines(admin, import_id).values()] == [RowResult.UNDONE] * 2


def test_rows_above_are_found_in_a_batch_that_was_refused(admin, committed):
    """The rows are judged again with other ids: what refers to them must not have those of before."""
    taken = make_category(committed)
    committed.commit()
    mark = taken.slug[-6:]
    columns = ["slug", "name", "parent_id"]
    rows = [[f"a-{mark}", f"A {mark}", ""], [f"b-{mark}", f"B {mark}", f"a-{mark}"], [f"c-{mark}", taken.name, ""]]
    found = lines(admin, judge(admin, "categories", csv_of(columns, *rows), columns, "slug"))
    assert [row.verdict for row in found.values()] == [Verdict.NEW, Verdict.NEW, Verdict.BAD]
    assert found[3].changes["parent_id"]["after"] == str(found[2].target_id)
