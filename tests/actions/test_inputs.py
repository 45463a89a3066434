"""What an action's form refuses before anything is written, so that what was typed is still there."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.actions import registry
from backoffice.actions.inputs import InvalidFormError, clean


@pytest.mark.parametrize("key", ["payout.cancel", "order.cancel", "user.suspend"])
def test_text_with_nul_is_refused_at_its_field(key: str) -> None:
    """PostgreSQL would refuse it later, and the page with what was typed would be gone."""
    with pytest.raises(InvalidFormError) as refused:
        clean(registry.get(key), {"reason": "a\x00b"})
    assert refused.value.errors == {"reason": ["This text cannot be stored."]}


@pytest.mark.parametrize("line", [{}, {"order_item_id": "no id"}, {"order_item_id": "\x00"}])
def test_a_line_without_a_real_id_is_refused(line: dict[str, Any]) -> None:
    """REF-2: a changed form is no crash."""
    raw = {"kind": "lines", "reason": "defective", "lines-0-amount": "1.00"}
    with pytest.raises(InvalidFormError) as refused:
        clean(registry.get("refund.request"), raw | {f"lines-0-{name}": value for name, value in line.items()})
    assert list(refused.value.errors) == ["lines"]
