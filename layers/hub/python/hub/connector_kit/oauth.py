"""OAuth 2 by refresh token: an access token asked for once an hour and put on every request."""

from dataclasses import dataclass
from typing import Any, Protocol

from hub.clock import MINUTE, SECOND, Instant
from hub.connector_kit.answers import Answers
from hub.connector_kit.outcomes import Accepted, Outcome, Retry, Sent
from hub.connector_kit.requests import Answer, HttpRequest

_EARLY = 1 * MINUTE


class RefreshTokenCredentials(Protocol):
    @property
    def client_id(self) -> str: ...
    @property
    def client_secret(self) -> str: ...
    @property
    def refresh_token(self) -> str: ...


@dataclass(frozen=True)
class Token:
    value: str
    good_until: Instant
    """Real time."""


@dataclass(frozen=True, kw_only=True)
class RefreshToken:
    token_url: str

    # A refused grant is a matter for a person (revoked, client deleted), however it is spelt (RFC 6749, 5.2).
    _answers = Answers(
        code=("error",),
        text="error_description",
        codes={
            "invalid_grant": "auth",
            "invalid_client": "auth",
            "unauthorized_client": "auth",
            "invalid_request": "auth",
            "invalid_scope": "auth",
        },
    )

    def request(self, credentials: RefreshTokenCredentials) -> HttpRequest:
        form = {
            "grant_type": "refresh_token",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "refresh_token": credentials.refresh_token,
        }
        return HttpRequest(method="POST", url=self.token_url, form=form)

    def read(self, answer: Answer, now: Instant) -> Token | Outcome:
        value: Any = answer.at("access_token")
        if not value:
            outcome = self._answers.read(answer, now)
            # Else whoever wanted a token would believe that what it was wanted for is done.
            return Retry("no token in the answer") if isinstance(outcome, Sent | Accepted) else outcome
        lives = float(answer.at("expires_in") or 0) * SECOND
        return Token(str(value), good_until=now + max(0, round(lives) - _EARLY))
