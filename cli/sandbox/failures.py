"""Failures to order: what `POST /__fail` plans, and how a vendor then answers."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cli.sandbox.wire import Refused, Request, Response, State, Vendor

Mode = Literal["timeout", "answered_late", "drop", "auth", "throttle", "partial"]

NEVER_ANSWERED = 0
"""Recorded as the status of a request whose connection was closed unread."""
_TELLING = (401, 403, 429)
"""Statuses that mean one thing only: a vendor that uses one says it in its own words (and headers)."""
_WAITS = {"timeout": 40.0, "answered_late": 5.0}


class Plan(BaseModel):
    """The next `times` requests to `connector` fail in one way.

    status         the vendor's error with this status; nothing is done
    auth           the vendor's answer to a dead credential
    throttle       the vendor's answer to too many requests
    partial        the first item fails, the others are done
    timeout        done, but never answered: the connection is held for `seconds`, then closed
    answered_late  done, and answered after `seconds`
    drop           read, not done, connection closed
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    connector: str = Field(min_length=1)
    status: int | None = Field(default=None, ge=400, le=599)
    mode: Mode | None = None
    times: int = Field(default=1, ge=1)
    seconds: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.status is None) == (self.mode is None):
            raise ValueError("give either status (400 to 599) or mode")
        return self

    @property
    def wait(self) -> float:
        return _WAITS.get(self.mode or "", 0.0) if self.seconds is None else self.seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the client gets: `wait` real seconds, then the response, or a closed connection."""

    response: Response | None
    status: int
    """What the vendor made of the request, answered or not."""
    wait: float = 0.0


class Plans:
    """What is still to fail, per connector, in the order it was asked for."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Plan]] = defaultdict(deque)

    def add(self, plan: Plan) -> None:
        self._waiting[plan.connector].extend([plan] * plan.times)

    def take(self, connector: str) -> Plan | None:
        waiting = self._waiting[connector]
        return waiting.popleft() if waiting else None

    def forget(self, connector: str) -> None:
        self._waiting.pop(connector, None)


def answer(vendor: Vendor, request: Request, state: State, plan: Plan | None) -> Answer:
    if plan is None:
        return _answered(vendor.respond(request, state))
    return _WAYS[plan.mode or "status"](vendor, request, state, plan)


def _answered(response: Response) -> Answer:
    return Answer(response=response, status=response.status)


def _status(vendor: Vendor, _request: Request, _state: State, plan: Plan) -> Answer:
    known = {
        refused.status: refused for refused in (vendor.auth, vendor.throttled) if refused.status in _TELLING
    }
    asked = Refused(plan.status or 500, "the sandbox was asked to fail")
    return _answered(vendor.error(known.get(asked.status, asked)))


def _auth(vendor: Vendor, _request: Request, _state: State, _plan: Plan) -> Answer:
    return _answered(vendor.error(vendor.auth))


def _throttle(vendor: Vendor, _request: Request, _state: State, _plan: Plan) -> Answer:
    return _answered(vendor.error(vendor.throttled))


def _partial(vendor: Vendor, request: Request, state: State, plan: Plan) -> Answer:
    if vendor.partial is None:
        return _answered(vendor.error(Refused(400, f"{plan.connector} knows no partial failure")))
    return _answered(replace(vendor, answer=vendor.partial).respond(request, state))


def _timeout(vendor: Vendor, request: Request, state: State, plan: Plan) -> Answer:
    return Answer(response=None, status=vendor.respond(request, state).status, wait=plan.wait)


def _late(vendor: Vendor, request: Request, state: State, plan: Plan) -> Answer:
    response = vendor.respond(request, state)
    return Answer(response=response, status=response.status, wait=plan.wait)


def _drop(_vendor: Vendor, _request: Request, _state: State, plan: Plan) -> Answer:
    return Answer(response=None, status=NEVER_ANSWERED, wait=plan.wait)


_WAYS: dict[str, Callable[[Vendor, Request, State, Plan], Answer]] = {
    "status": _status,
    "auth": _auth,
    "throttle": _throttle,
    "partial": _partial,
    "timeout": _timeout,
    "answered_late": _late,
    "drop": _drop,
}
