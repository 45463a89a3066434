"""The screen of a review queue: takes an item, shows it, decides, and shows the next, without a new page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from flask import abort, request
from flask_admin.base import expose
from werkzeug.datastructures import MultiDict

from backoffice.actions import registry, submit
from backoffice.actions.inputs import InvalidFormError
from backoffice.errors import DomainError, NotFoundError
from backoffice.permissions import Permission
from backoffice.services import canned_replies, operations, review_queue, review_queues
from backoffice.services.review_queues import QUEUES, ReviewQueue
from views import htmx
from views.actions import choice
from views.current import acting, form, session
from views.ids import parse_uuid
from views.panel_page import PanelPage
from views.review import item as items

LIMIT = 1000


class ReviewMode(PanelPage):
    """Each queue under its own address; what changes something needs the queue's permission."""

    noun = "review"
    label = "Review"
    gets = ("index", "queue_view", "item_view", "ahead_view")
    posts = ("decide", "undo", "stay", "leave")
    unattended = ("stay", "leave")

    def rules(self) -> Iterator[tuple[str, str, frozenset[Permission]]]:
        """Whoever decides holds the permission of every queue of the panel; the action asks for its own again."""
        more = frozenset(queue.permission for queue in QUEUES.values())
        for method, endpoint, needed in super().rules():
            yield method, endpoint, needed | more if method == "POST" else needed

    @expose("/")
    def index(self) -> str:
        """The queues, with how much waits in each."""
        counted = [(queue, review_queue.count(session(), queue, acting(), limit=LIMIT)) for queue in QUEUES.values()]
        return self._render("review/queues.html", queues=counted, limit=LIMIT)

    @expose("/<key>/")
    def queue_view(self, key: str) -> str:
        """The screen with the oldest item that nobody has."""
        queue = self._queue(key)
        target = review_queue.take_next(session(), queue, acting())
        return self._item(queue, target)

    @expose("/<key>/item/")
    def item_view(self, key: str) -> str:
        """Another item: the one after `past`, or with `back` the one before it; `past` is given back."""
        queue, past = self._queue(key), parse_uuid(request.args.get("past", ""))
        back = "back" in request.args
        target = review_queue.take_next(session(), queue, acting(), past=past, back=back)
        told = ""
        if target is None and past is not None:
            target = review_queue.take_next(session(), queue, acting())
            told = "That was the first one." if back else "That was the last one; this is the first again."
        if target is not None and past not in {None, target}:
            review_queue.give_back(session(), queue, acting(), past)
        return self._item(queue, target, told=told)

    @expose("/<key>/ahead/")
    def ahead_view(self, key: str) -> str:
        """Hold the item after `past` already, and fetch its pictures, so that it is there at once."""
        queue, past = self._queue(key), parse_uuid(request.args.get("past", ""))
        target = review_queue.take_next(session(), queue, acting(), past=past)
        shown = None if target is None else self._load(queue, target)
        return self._render("review/ahead.html", item=shown)

    @expose("/<key>/decide/", methods=("POST",))
    def decide(self, key: str) -> Any:
        """Decide about the version seen, and show the next item; a refusal stays, and says why (MOD-1)."""
        queue = self._queue(key)
        action = registry.get(queue.actions.get(request.form.get("key", "")) or abort(404))
        view = self.panel.view_of(queue.entity)
        values = MultiDict([("rowid", request.form.get("rowid", "")), ("one", "1")])
        selection = choice.chosen(view.listing, action, values)
        target = selection.targets[0].id if isinstance(selection, submit.One) else abort(404)
        try:
            review_queue.take(session(), queue, target, acting())
            operation = submit.submit(
                session(),
                action,
                selection,
                request.form,
                client_key=request.form.get("client_key", ""),
                acting=acting(),
                panel=self.panel.role,
                review=queue.key,
            )
            review_queue.decided(session(), queue, target, operation.id, acting())
        except (NotFoundError, DomainError) as refusal:
            return self._refused(queue, target, refusal)
        following = review_queue.take_next(session(), queue, acting())
        return self._item(queue, following, told=f"{action.label}: done. U takes it back for a moment.")

    @expose("/<key>/undo/", methods=("POST",))
    def undo(self, key: str) -> Any:
        """Take the newest decision back, while no worker has it, and show its item again."""
        queue = self._queue(key)
        found = review_queue.last_decision(session(), queue, acting())
        current = parse_uuid(request.form.get("current", ""))
        if found is None:
            sentence = f"Nothing can be taken back any more; that is possible for {operations.TAKE_BACK.seconds} s."
            return self._item(queue, self._again(queue, current), problem=sentence), 409
        target, operation_id = found
        try:
            submit.cancel(session(), operation_id, acting())
        except DomainError as refusal:
            session().rollback()
            return self._item(queue, self._again(queue, current), problem=refusal.message), refusal.status
        review_queue.take(session(), queue, target, acting())
        return self._item(queue, target, told="Taken back. Nothing was decided.")

    @expose("/<key>/stay/", methods=("POST",))
    def stay(self, key: str) -> str:
        """The page is still open: hold on, and see who else is there."""
        queue = self._queue(key)
        review_queue.renew(session(), queue, acting())
        return self._render("review/present.html", present=review_queue.present(session(), queue, acting()))

    @expose("/<key>/leave/", methods=("POST",))
    def leave(self, key: str) -> tuple[str, int]:
        """The page is closed: others may have what it held."""
        review_queue.give_back(session(), self._queue(key), acting())
        return "", 204

    def _queue(self, key: str) -> ReviewQueue:
        return review_queues.get(key)

    def _refused(self, queue: ReviewQueue, target: uuid.UUID, refusal: DomainError) -> tuple[str, int]:
        """The item again as it is now, with what was typed, the reason, and what is different from what was seen."""
        session().rollback()
        if refusal.status == 403:
            raise refusal
        if refusal.status == 404 or refusal.code == "taken":
            return self._item(queue, review_queue.take_next(session(), queue, acting()), problem=refusal.message), 409
        typed = request.form if isinstance(refusal, InvalidFormError) else None
        before = request.form.get("shown", "") if refusal.code == "stale" else None
        shown = self._load(queue, target, typed=typed, before=before)
        return self._item(queue, target, problem=refusal.message, shown=shown), refusal.status

    def _again(self, queue: ReviewQueue, current: uuid.UUID | None) -> uuid.UUID | None:
        """What the person was looking at, when it can still be had."""
        if current is not None:
            try:
                review_queue.take(session(), queue, current, acting())
            except DomainError:
                return review_queue.take_next(session(), queue, acting())
            return current
        return review_queue.take_next(session(), queue, acting())

    def _load(self, queue: ReviewQueue, target: uuid.UUID, **options: Any) -> items.Item:
        return items.load(session(), queue, self.panel, target, acting(), form(), **options)

    def _shown(self, queue: ReviewQueue, target: uuid.UUID | None, shown: items.Item | None = None) -> dict[str, Any]:
        if target is not None and shown is None:
            try:
                shown = self._load(queue, target)
            except NotFoundError:
                shown = None
        return {
            "item": shown,
            "replies": canned_replies.offered(session(), queue.replies),
            "present": review_queue.present(session(), queue, acting()),
            "client_key": uuid.uuid4().hex,
            "waiting": review_queue.count(session(), queue, acting(), limit=LIMIT),
            "limit": LIMIT,
        }

    def _item(
        self,
        queue: ReviewQueue,
        target: uuid.UUID | None,
        *,
        told: str = "",
        problem: str = "",
        shown: items.Item | None = None,
    ) -> str:
        """The item alone for a page that is open, else the page around it."""
        return self._render(
            "review/item.html" if htmx.asks() else "review/review.html",
            queue=queue,
            heading=queue.label,
            seconds=review_queue.LEASE.total_seconds() / 3,
            told=told,
            problem=problem,
            **self._shown(queue, target, shown),
        )

    def _render(self, template: str, **values: Any) -> str:
        return str(self.render(template, panel=self.panel, entity=self, **values))
