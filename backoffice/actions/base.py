"""What an action is: declared once, offered everywhere, guarded once, carried out by a job (architecture, "An action").

The list page, the record page, the command line and the worker all read the same `Action` from the registry.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy.orm import Session
from wtforms import Form

from backoffice.acting import Acting
from backoffice.enums import Status, Tone
from backoffice.gateways.payments import Payments
from backoffice.permissions import Permission
from models.base import Base
from models.operation import QueueName

#: Cleaned inputs of the action's form; JSON only: decimals travel as text (MON-1).
Inputs: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the dry run says of one target: what will happen, or why not. Amounts in `currency`."""

    target_id: uuid.UUID
    ok: bool
    message: str
    code: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target of an operation, with the version that the person saw (MOD-1, I8)."""

    id: uuid.UUID
    version: int | None


class Result(StrEnum):
    """How one target ended, or what comes next for it."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    #: Try again later with the same key: the provider's answer is not known or not final.
    RETRY = "retry"
    #: Not now, and through no fault of the target: wait for as long as it takes, without using up an attempt.
    WAIT = "wait"
    #: A person must look (J12, IDE-2).
    NEEDS_ATTENTION = "needs_attention"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The result of one target, with a code for machines and a sentence for people."""

    result: Result
    message: str
    code: str | None = None


Plan: TypeAlias = Callable[[Session, Sequence[Any], Inputs, Acting], list[Verdict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """Target by target, one transaction each. `run` gets the locked row, returns what was done, or refuses."""

    run: Callable[[Session, Any, Inputs, Acting], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A few statements for up to `size` targets in one transaction. Every target must have a settlement."""

    run: Callable[[Session, Sequence[Target], Inputs, Acting], Mapping[uuid.UUID, Settled]]
    size: int = 1000
    #: Attribute by which the matches of a filter are put in order: what is told once a chunk is told about most.
    together: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What must hold for all targets together before the first of them is begun (PAY-7).

    `needs` says by currency what the targets come to; `check` asks the provider, while no transaction is open, and
    returns the sentence why none of them may be begun, or None.
    """

    needs: Callable[[Session, Sequence[uuid.UUID]], Mapping[str, Decimal]]
    check: Callable[[Payments, Mapping[str, Decimal]], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What must hold for one target right before it is begun, and only the provider knows (REC-8).

    `at` says what to look at, or None; `check` asks the provider, while no transaction is open, and returns the
    settlement of a target that may not be begun, or None.
    """

    at: Callable[[Session, uuid.UUID], Any]
    check: Callable[[Payments, Any], Settled | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """A call to the outside between two transactions; safe to run again from any point.

    `begin` commits the intention and its idempotency key and returns the call's parameters (or a settlement when there
    is nothing to call); `call` talks to the provider while no transaction is open; `settle` records the outcome. A run
    after the intention was committed starts with `resume`, which goes on with what was begun and begins nothing new.
    """

    begin: Callable[[Session, Any, Inputs, Acting], Any]
    resume: Callable[[Session, Any, Inputs, Acting], Any]
    call: Callable[[Payments, Any], Any]
    settle: Callable[[Session, Any, Any, Any, Acting], Settled]
    preflight: Preflight | None = None
    glance: Glance | None = None


SecondPerson: TypeAlias = Callable[[Session, Sequence[Any], Inputs], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that people can do to rows of an entity.

    `key` is `noun.verb`. `allowed_from` are the statuses in which it makes sense (None: any). `second_person` says
    whether somebody else must agree before it runs; it is asked once, at submit (WHO-1). `plan` has no effect.
    """

    key: str
    label: str
    entity: type[Base]
    permission: Permission
    plan: Plan
    run: Each | Chunk | External
    allowed_from: frozenset[Status] | None = None
    form: type[Form] | None = None
    second_person: SecondPerson | None = None
    #: Who may agree; the maker never may.
    approve_permission: Permission | None = None
    queue: QueueName = QueueName.DEFAULT
    tone: Tone = Tone.NEUTRAL
    #: Sentence of the confirmation page: what the consequences are.
    consequence: str = ""
    #: Attribute of the entity that says which version the person saw: `version`, or `content_version` for moderation.
    version_attribute: str = "version"
    #: Attribute that `allowed_from` is about.
    status_attribute: str = "status"
    #: Relationships the plan and the services read, loaded with the targets.
    load: Sequence[Any] = field(default_factory=tuple)
    #: Whether it may be used on many rows at once.
    bulk: bool = True
    #: Whether the page shows a dry run of what was typed and asks again before it submits (COM-9).
    preview: bool = False
