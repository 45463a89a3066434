"""The page of e-mails: what was told in words, and sending again what failed."""

from __future__ import annotations

from tests.factories import make_mail


def test_what_happened_is_told_in_words(browse, committed, world):
    """An event that nobody declares any more is told by its key."""
    known = make_mail(committed, user=world.finance, event_key="payout.returned")
    gone = make_mail(committed, user=world.finance, event_key="parrot.returned")
    committed.commit()
    browser = browse("admin")
    text = browser.get("mails/").text
    assert "A payout came back from the bank" in text
    assert "payout.returned" not in text
    assert "parrot.returned" in text
    assert "A payout came back from the bank" in browser.get(f"mails/details/?id={known.id}").text
    assert "parrot.returned" in browser.get(f"mails/details/?id={gone.id}").text
