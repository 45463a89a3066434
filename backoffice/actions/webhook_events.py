"""Events of the payment provider: handle one again that waits or was given up (B12)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backoffice.acting import Acting
from backoffice.actions.base import Action, Each, Inputs
from backoffice.actions.moves import plan_move
from backoffice.enums import Tone
from backoffice.permissions import Permission
from backoffice.services.webhooks import inbox
from models import WebhookEvent
from models.webhook_event import WebhookEventStatus


def _replay(session: Session, event: WebhookEvent, inputs: Inputs, acting: Acting) -> str:
    del inputs
    inbox.replay(session, event, acting=acting)
    return "Will be handled again."


ACTIONS = (
    Action(
        key="webhook_event.replay",
        label="Replay",
        entity=WebhookEvent,
        permission=Permission.WEBHOOKS_REPLAY,
        plan=plan_move(WebhookEventStatus.PENDING, "Is handled again, as if it had just come."),
        run=Each(run=_replay),
        allowed_from=WebhookEventStatus.sources(WebhookEventStatus.PENDING),
        tone=Tone.INFO,
        consequence="Events are safe to handle again: what they tell of is done once, or not at all.",
    ),
)
