"""A conversation with one vendor: credentials, tokens, requests in, one outcome out.

On a dead credential everything is read afresh and tried once more; if that fails too, the vendor is
not bothered again for the rest of the batch.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from hub.clock import SECOND, Instant
from hub.connector_kit.credentials import Credentials
from hub.connector_kit.declaration import Connector
from hub.connector_kit.oauth import RefreshToken, Token
from hub.connector_kit.outcomes import Accepted, Auth, Outcome, Retry, Sent, Unknown
from hub.connector_kit.requests import (
    Answer,
    CircuitOpen,
    HttpRequest,
    LostAnswer,
    NeverLeft,
    Plan,
    Request,
    Transport,
    as_plan,
)
from hub.errors import ConfigurationError
from hub.ports import Secrets

Build = Callable[[Any], Request | Plan | None]
"""Credentials -> what to ask."""

Tokens = dict[str, Token]
"""Access tokens by connector; outlives a batch."""

_CONNECT_TIMEOUT = 3 * SECOND
_FOREVER: Instant = 2**62


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a conversation came to, and the last answer in it."""

    outcome: Outcome
    answer: Answer | None = None
    touched: bool = False
    """Something at the vendor may be otherwise than before."""


class _Ended(Exception):
    def __init__(self, outcome: Outcome, answer: Answer | None = None) -> None:
        super().__init__()
        self.outcome = outcome
        self.answer = answer


@dataclass(kw_only=True)
class Vendor:
    """One connector's vendor as one batch meets it."""

    connector: Connector
    secret: str
    secrets: Secrets
    transport: Transport
    real_now: Callable[[], Instant]
    tokens: Tokens = field(default_factory=dict)
    dead: Auth | None = None
    is_down: Callable[[], Auth | Retry | None] = lambda: None
    """What others find who ask it; to look there asks it nothing."""

    def ask(self, build: Build, *, until: Instant = _FOREVER) -> Said:
        """Carry out what `build` asks for. No request leaves that could outlast `until` (real time)."""
        if self.dead:
            return Said(outcome=self.dead)
        said = self._attempt(build, until, fresh=False)
        if not isinstance(said.outcome, Auth):
            return said
        self.tokens.pop(self.connector.slug, None)
        said = self._attempt(build, until, fresh=True)
        if isinstance(said.outcome, Auth) and said.answer is not None:
            self.dead = said.outcome
        return said

    def credentials(self, *, fresh: bool = False) -> Credentials:
        return self.connector.read_credentials(self.secrets, self.secret, fresh=fresh)

    def _attempt(self, build: Build, until: Instant, *, fresh: bool) -> Said:
        """Whatever breaks before the first request is in our own house: nothing has left."""
        try:
            credentials = self.credentials(fresh=fresh)
            asked = build(credentials)
            if asked is None:
                return Said(outcome=Sent())
            plan = as_plan(asked)
            first = next(plan)
        except StopIteration as end:
            return Said(outcome=end.value or Sent())
        except ConfigurationError as error:
            return Said(outcome=Auth(str(error)))
        except Exception as error:  # noqa: BLE001 - by its class: its text may say what is personal
            return Said(outcome=Retry(type(error).__name__))
        return self._carry_out(plan, first, credentials, until)

    def _carry_out(self, plan: Plan, request: Request, credentials: Credentials, until: Instant) -> Said:
        touched = False
        while True:
            try:
                answer = self._send(request, credentials, until)
            except _Ended as end:
                return Said(outcome=end.outcome, answer=end.answer, touched=touched or _touches(end.outcome))
            outcome = self.connector.answers.read(answer, self.real_now())
            done = isinstance(outcome, Sent | Accepted)
            touched = touched or _touches(outcome)
            if not done and answer.status not in request.expect:
                return Said(outcome=outcome, answer=answer, touched=touched)
            try:
                request = plan.send(answer)
            except StopIteration as end:
                return Said(outcome=end.value or outcome, answer=answer, touched=touched)

    def _send(self, request: Request, credentials: Credentials, until: Instant) -> Answer:
        if isinstance(request, HttpRequest) and self.connector.auth:
            request = request.with_header("authorization", f"Bearer {self._token(credentials, until)}")
        return self._exchange(request.at(credentials.base_url), until)

    def _token(self, credentials: Any, until: Instant) -> str:
        slug, auth = self.connector.slug, self.connector.auth
        known = self.tokens.get(slug)
        if auth and (known is None or known.good_until <= self.real_now()):
            known = self.tokens[slug] = self._new_token(auth, credentials, until)
        return known.value if known else ""

    def _new_token(self, auth: RefreshToken, credentials: Any, until: Instant) -> Token:
        """Asking for one has no effect at the vendor: whatever becomes of it, nothing is in doubt."""
        try:
            answer = self._exchange(auth.request(credentials).at(credentials.base_url), until)
            got = auth.read(answer, self.real_now())
        except _Ended as end:
            lost = isinstance(end.outcome, Unknown)
            raise _Ended(Retry("no answer to the request for a token") if lost else end.outcome) from None
        except Exception as error:  # noqa: BLE001 - as in `_attempt`
            raise _Ended(Retry(type(error).__name__)) from None
        if not isinstance(got, Token):
            raise _Ended(replace(got, known=True) if isinstance(got, Retry) else got, answer)
        return got

    def _exchange(self, request: Request, until: Instant) -> Answer:
        longest = _CONNECT_TIMEOUT + round(self.connector.read_timeout * SECOND)
        if self.real_now() + longest > until:
            raise _Ended(Retry("no time left for an answer", waits=True))
        try:
            return self.transport(request)
        except NeverLeft as error:
            raise _Ended(Retry(f"no connection: {error}")) from None
        except CircuitOpen as error:
            raise _Ended(Retry(str(error), after=error.after, waits=True)) from None
        except LostAnswer as error:
            raise _Ended(Unknown(f"no answer: {error}")) from None


def _touches(outcome: Outcome) -> bool:
    match outcome:
        case Retry():
            return not outcome.known
        case Sent() | Accepted() | Unknown():
            return True
        case _:
            return False
