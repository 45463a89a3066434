"""Amounts: exponents, rounding, splitting, Stripe's integers."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice import money
from backoffice.errors import InvalidInputError

currencies = st.sampled_from(money.CURRENCIES)


def amounts(currency: str) -> st.SearchStrategy[Decimal]:
    exponent = money.currency_exponent(currency)
    return st.integers(-(10**12), 10**12).map(lambda units: Decimal(units).scaleb(-exponent))


class TestExponent:
    @pytest.mark.parametrize(
        ("currency", "exponent"), [("USD", 2), ("JPY", 0), ("ISK", 0), ("KWD", 3), ("MGA", 2), ("HUF", 2)]
    )
    def test_comes_from_the_table(self, currency, exponent):
        """MON-2"""
        assert money.currency_exponent(currency) == exponent

    def test_most_have_two_digits(self):
        """MON-2: all that have none, and all that have three, of the 156 codes we know."""
        of = {code: money.currency_exponent(code) for code in money.CURRENCIES}
        none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
        assert " ".join(code for code in of if of[code] == 0) == none
        assert " ".join(code for code in of if of[code] == 3) == "BHD IQD JOD KWD LYD OMR TND"
        assert len(of) == 156

    @pytest.mark.parametrize(("currency", "unit"), [("USD", "0.01"), ("JPY", "1"), ("KWD", "0.001")])
    def test_is_that_of_the_smallest_amount(self, currency, unit):
        """MON-2"""
        assert money.minor_unit(currency) == Decimal(unit)

    @pytest.mark.parametrize("currency", ["", "usd", "XXX", "DOLLAR", "EU"])
    def test_an_unknown_code_is_refused(self, currency):
        """MON-2: refused, never guessed."""
        with pytest.raises(InvalidInputError, match="not a currency"):
            money.currency_exponent(currency)


class TestRefusals:
    @pytest.mark.parametrize(
        ("refused", "given", "sentence", "field"),
        [
            (money.currency_exponent, ("usd",), "'usd' is not a currency we know.", "currency"),
            (money.parse_amount, ("12,50", "USD"), "This is not an amount; write it like 1234.50.", "amount"),
            (money.parse_amount, ("1" + 15 * "0", "USD"), "This is not an amount that can be kept.", "amount"),
            (money.exact, (Decimal("0.5"), "JPY"), "0.5 is finer than JPY allows: at most 0 decimals.", "amount"),
            (money.to_stripe, (Decimal("500.50"), "MGA"), "Stripe takes only whole amounts of MGA.", "amount"),
            (
                money.to_stripe,
                (Decimal("5.124"), "KWD"),
                "Stripe takes KWD amounts with a last digit of 0 only.",
                "amount",
            ),
        ],
    )
    def test_say_what_is_wrong_and_where(self, refused, given, sentence, field):
        """MON-1 to MON-3: the sentence stands in the form, at the input at fault."""
        with pytest.raises(InvalidInputError) as refusal:
            refused(*given)
        assert (refusal.value.message, refusal.value.field) == (sentence, field)


class TestExact:
    @pytest.mark.parametrize(("amount", "currency"), [("10.005", "USD"), ("0.5", "JPY"), ("1.0001", "KWD")])
    def test_refuses_what_is_finer_than_the_minor_unit(self, amount, currency):
        """MON-1"""
        with pytest.raises(InvalidInputError, match="finer"):
            money.exact(Decimal(amount), currency)

    @pytest.mark.parametrize("text", ["", "ten", "NaN", "Infinity", "1e30", "--1", "1.2.3", "\x00", "1" + 15 * "0"])
    def test_what_is_no_amount_is_refused(self, text):
        """MON-1"""
        with pytest.raises(InvalidInputError, match="not an amount"):
            money.parse_amount(text, "USD")

    @pytest.mark.parametrize("text", ["12,50", "1,23", "1,2345", "1e2", "1_000", "٣", "1.", ".5", "12 50"])
    def test_what_may_mean_two_things_is_refused(self, text):
        """MON-1: a decimal comma must not make twelve and a half into a thousand."""
        with pytest.raises(InvalidInputError, match=r"like 1234\.50"):
            money.parse_amount(text, "USD")

    def test_reads_what_people_type(self):
        """MON-1"""
        for text in (" 1,234.50 ", "1 234.50", "1234.5", "+1234.50"):
            assert money.parse_amount(text, "USD") == Decimal("1234.50")
        assert money.format_amount(Decimal("1234.5"), "USD") == "1,234.50 USD"
        assert money.format_amount(Decimal(-500), "JPY") == "-500 JPY"


class TestRounding:
    @pytest.mark.parametrize(
        ("amount", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("1.004999", "1.00"), ("2.675", "2.68")]
    )
    def test_is_half_up_on_the_magnitude(self, amount, rounded):
        """MON-4"""
        assert money.round_amount(Decimal(amount), "USD") == Decimal(rounded)

    @given(st.decimals(-(10**9), 10**9, places=6), currencies)
    def test_is_symmetric(self, amount, currency):
        """MON-4: round(-x) = -round(x)."""
        assert money.round_amount(-amount, currency) == -money.round_amount(amount, currency)


class TestSplit:
    def test_hundred_over_three(self):
        """MON-6: 100 over three equal gives 34, 33, 33."""
        assert money.split_amount(Decimal(100), [1, 1, 1], "JPY") == [Decimal(34), Decimal(33), Decimal(33)]

    def test_ties_go_to_the_highest_weight(self):
        """MON-6"""
        assert money.split_amount(Decimal("0.01"), [1, 3, 3], "USD") == [Decimal(0), Decimal("0.01"), Decimal(0)]
        assert money.split_amount(Decimal(10), [1, 3], "JPY") == [Decimal(2), Decimal(8)]

    def test_the_largest_remainder_is_rounded_up(self):
        """MON-6: of 2.7 and 7.3 the first, though its share is the smaller."""
        assert money.split_amount(Decimal(10), [27, 73], "JPY") == [Decimal(3), Decimal(7)]

    def test_what_weighs_nothing_gets_nothing(self):
        """MON-6"""
        assert money.split_amount(Decimal(10), [0, 1], "JPY") == [Decimal(0), Decimal(10)]

    def test_weights_may_be_fractions(self):
        """MON-6: they add up to more than zero, which is all that is asked."""
        weights = [Decimal("0.25"), Decimal("0.75")]
        assert money.split_amount(Decimal("-1.00"), weights, "USD") == [Decimal("-0.25"), Decimal("-0.75")]

    @given(currencies.flatmap(lambda c: st.tuples(st.just(c), amounts(c))), st.lists(st.integers(0, 10**6), min_size=1))
    def test_parts_add_up_and_stay_near_their_share(self, money_in, weights):
        """MON-6: the parts add up to the whole, and none is a minor unit away from its share."""
        currency, amount = money_in
        if sum(weights) == 0:
            with pytest.raises(ValueError, match="weights"):
                money.split_amount(amount, weights, currency)
            return
        parts = money.split_amount(amount, weights, currency)
        assert sum(parts) == amount
        unit = money.minor_unit(currency)
        assert all(
            abs(part - amount * weight / sum(weights)) < unit for part, weight in zip(parts, weights, strict=True)
        )

    @pytest.mark.parametrize("weights", [[2, -1], [0, 0], []])
    def test_there_must_be_something_to_split_over(self, weights):
        """MON-6"""
        with pytest.raises(ValueError, match=r"^weights must not be negative and must add up to more than zero$"):
            money.split_amount(Decimal(1), weights, "USD")


#: Whole minor units that two sides have in common: what each order owes, and where the payments are cut.
_owed = st.lists(st.integers(0, 10**7), min_size=1, max_size=6)
_cuts = st.lists(st.integers(0, 6 * 10**7), max_size=5)


class TestAllocate:
    def test_several_payments_over_several_orders(self):
        """MON-6: each order's sum equals its total, and each payment's sum equals its amount."""
        orders = [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
        payments = [Decimal("50.00"), Decimal("30.00"), Decimal("20.00")]
        rows = money.allocate(payments, orders, "USD")
        assert [sum(column) for column in zip(*rows, strict=True)] == orders
        assert [sum(row) for row in rows] == payments

    def test_equal_orders_share_alike(self):
        """MON-6: of two orders that owe the same the first gets the odd cent, and the other the next one."""
        rows = money.allocate([Decimal("0.05"), Decimal("0.05")], [Decimal("0.05"), Decimal("0.05")], "USD")
        assert rows == [[Decimal("0.03"), Decimal("0.02")], [Decimal("0.02"), Decimal("0.03")]]

    def test_a_payment_of_nothing_shares_nothing(self):
        """MON-6: also when nothing is owed any more, and when there is nothing at all."""
        rows = money.allocate([Decimal(0), Decimal("1.00"), Decimal(0)], [Decimal("1.00"), Decimal(0)], "USD")
        assert rows == [[Decimal(0), Decimal(0)], [Decimal("1.00"), Decimal(0)], [Decimal(0), Decimal(0)]]
        assert money.allocate([], [], "USD") == []

    @given(_owed, _cuts, currencies)
    def test_both_margins_are_exact(self, owed, cuts, currency):
        """MON-6: whatever the payments and the orders are, no share is negative and nothing is lost or made."""
        unit, whole = money.minor_unit(currency), sum(owed)
        edges = [0, *sorted(min(cut, whole) for cut in cuts), whole]
        payments = [(after - before) * unit for before, after in itertools.pairwise(edges)]
        totals = [part * unit for part in owed]
        rows = money.allocate(payments, totals, currency)
        assert [sum(row) for row in rows] == payments
        assert [sum(column) for column in zip(*rows, strict=True)] == totals
        assert min(part for row in rows for part in row) >= 0
        assert money.allocate(payments, totals, currency) == rows

    @pytest.mark.parametrize(("payments", "totals"), [(["2.00"], ["1.00"]), (["-1.00", "2.00"], ["1.00"])])
    def test_what_does_not_come_to_the_same_is_refused(self, payments, totals):
        """MON-6"""
        with pytest.raises(ValueError, match=r"^payments and totals must not be negative and must come to the same$"):
            money.allocate([Decimal(one) for one in payments], [Decimal(one) for one in totals], "USD")


class TestStripe:
    @pytest.mark.parametrize(
        ("amount", "currency", "wire"),
        [
            ("10.00", "USD", 1000),
            ("500", "JPY", 500),
            ("5", "ISK", 500),
            ("5", "UGX", 500),
            ("500.00", "MGA", 500),
            ("5.120", "KWD", 5120),
        ],
    )
    def test_wire_amounts(self, amount, currency, wire):
        """MON-3"""
        assert money.to_stripe(Decimal(amount), currency) == wire
        assert money.from_stripe(wire, currency) == Decimal(amount)

    @pytest.mark.parametrize(("amount", "currency"), [("5.124", "KWD"), ("500.50", "MGA"), ("0.5", "JPY")])
    def test_refuses_what_stripe_cannot_carry(self, amount, currency):
        """MON-3"""
        with pytest.raises(InvalidInputError):
            money.to_stripe(Decimal(amount), currency)

    @given(currencies.flatmap(lambda c: st.tuples(st.just(c), amounts(c))))
    def test_what_can_be_sent_comes_back(self, money_in):
        """MON-3"""
        currency, amount = money_in
        try:
            wire = money.to_stripe(amount, currency)
        except InvalidInputError:
            return
        assert money.from_stripe(wire, currency) == amount

    @pytest.mark.parametrize(
        ("amount", "currency", "sent"),
        [("5.124", "KWD", "5.120"), ("5.129", "KWD", "5.120"), ("500.50", "MGA", "500.00"), ("10.45", "HUF", "10.45")],
    )
    def test_sendable(self, amount, currency, sent):
        """MON-3: rounded before it is posted, never to more than was asked for."""
        assert str(money.sendable(Decimal(amount), currency)) == sent

    @pytest.mark.parametrize(
        ("amount", "currency", "sent", "stays"),
        [
            ("10.45", "HUF", "10.00", "0.45"),
            ("1045", "TWD", "1045.00", "0.00"),
            ("0.99", "TWD", "0.00", "0.99"),
            ("10.45", "USD", "10.45", "0.00"),
            ("5.124", "KWD", "5.120", "0.004"),
            ("500", "JPY", "500", "0"),
        ],
    )
    def test_payout_amount(self, amount, currency, sent, stays):
        """MON-3: payouts in HUF and TWD are divisible by 100; the rest stays on the balance."""
        assert [str(part) for part in money.payout_amount(Decimal(amount), currency)] == [sent, stays]

    @given(currencies.flatmap(lambda c: st.tuples(st.just(c), amounts(c))))
    def test_what_is_sent_can_be_sent(self, money_in):
        """MON-3: nothing appears or vanishes, and Stripe takes it."""
        currency, amount = money_in
        sent, stays = money.payout_amount(amount, currency)
        assert sent + stays == amount
        assert abs(sent) <= abs(amount)
        assert money.from_stripe(money.to_stripe(sent, currency), currency) == sent
