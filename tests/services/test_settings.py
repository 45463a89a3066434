"""Business settings: every default is usable, and what its readers could not use is refused when it is typed."""

from __future__ import annotations

from typing import Any

import pytest

from backoffice.errors import InvalidInputError
from backoffice.services import settings


@pytest.mark.parametrize("key", list(settings.SETTINGS))
def test_defaults_are_usable(key: str) -> None:
    settings.check(key, settings.SETTINGS[key].default)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("commission.default_rate", "1.1"),
        ("commission.default_rate", "0.1234567"),
        ("commission.default_rate", 0.1),
        ("commission.default_rate", "NaN"),
        ("commission.default_rate", "1.000001"),
        ("commission.default_rate", "1e-1"),
        ("commission.default_rate", "0_1"),
        ("commission.default_rate", " 0.1"),
        ("commission.default_rate", "\u0660.1"),
        ("money.outgoing_stopped", "true"),
        ("operations.approval_hours", 0),
        ("operations.approval_hours", True),
        ("payouts.hold_days", 7.5),
        ("payouts.hold_days", -1),
        ("payouts.complete_on", "foo"),
        ("payouts.second_person_threshold", []),
        ("refund.second_person_threshold", {"USD": "abc"}),
        ("refund.second_person_threshold", {"USD": 500}),
        ("refund.second_person_threshold", {"USD": "10.005"}),
        ("refund.second_person_threshold", {"USD": "1,000"}),
        ("refund.second_person_threshold", {"USD": "-5"}),
        ("refund.second_person_threshold", {"XXX": "5"}),
        ("refund.second_person_threshold", {"USD": None}),
        ("platform.default_currency", "usd"),
        ("subscriptions.dunning_days", []),
        ("subscriptions.dunning_days", [3, 1]),
        ("subscriptions.dunning_days", [1, 1]),
        ("subscriptions.dunning_days", [-1, 1]),
        ("subscriptions.dunning_days", [1, 91]),
        ("subscriptions.dunning_days", [True]),
        ("subscriptions.dunning_days", 7),
        ("tax.remitter", None),
        ("nobody.reads_this", 1),
    ],
)
def test_what_nobody_could_use_is_refused(key: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        settings.check(key, value)
    assert refused.value.field == "value"


def test_no_threshold_at_all_is_a_choice() -> None:
    """REF-5, PAY-5: a currency without a threshold always needs a second person."""
    settings.check("refund.second_person_threshold", {})
