"""Connected accounts: create and retrieve."""

from __future__ import annotations

from backoffice.sandbox.stripe import events, shelf
from backoffice.sandbox.stripe.accounts import account
from backoffice.sandbox.stripe.call import Call
from backoffice.sandbox.stripe.errors import no_account
from backoffice.sandbox.stripe.objects import Body


def create(call: Call) -> Body:
    """A new account that may receive transfers at once: the sandbox has no onboarding."""
    body = account(call.store.new_id("acct"), call.params, created=call.store.now())
    shelf.put(call.store, body)
    events.log_effect(call.store, "account.created", body)
    return body


def retrieve(call: Call) -> Body:
    """The account, or Stripe's 403: it does not tell a foreign account from none."""
    body = shelf.get(call.store, "account", call.ids[0])
    if body is None:
        raise no_account(call.ids[0])
    return body
