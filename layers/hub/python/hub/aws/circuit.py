"""A circuit breaker before a vendor: Powertools' own, its state in the journeys table, shared by all Lambdas.

What trips it is a vendor that is down (no connection, no answer, 5xx) five times in a row. A limit (429) is
not a failure, and a dead credential has its own way (see hub.connector_kit.vendor).
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    CircuitState,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from hub.clock import MINUTE, SECOND, real_now
from hub.connector_kit.outcomes import Retry
from hub.connector_kit.requests import Answer, CircuitOpen, LostAnswer, NeverLeft, Request, Transport

_OPEN_SECONDS = 30
_FORGOTTEN = 20 * MINUTE
_DOWN = "circuit open: the vendor is down"
_SERVER_ERROR = 500


class _ServerError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Circuit:
    """The transport, except while the circuit of this connector is open: then CircuitOpen."""

    def __init__(
        self,
        transport: Transport,
        slug: str,
        *,
        client: Any,
        table: str,
        speed: float,
        opened: Callable[[], None],
    ) -> None:
        self._name, self._speed = f"circuit#{slug}", speed
        self._open_seconds = max(1, round(_OPEN_SECONDS / speed))
        self._store, config = _store(client, table), _config(self._open_seconds)
        self._store.configure(config, self._name)
        self._protected = circuit_breaker(
            name=self._name,
            persistence_store=self._store,
            config=config,
            on_transition=lambda change: opened() if _is_opening(change) else None,
        )(_raising(transport))

    def __call__(self, request: Request) -> Answer:
        try:
            answer: Answer = self._protected(request)
        except _ServerError as down:
            return down.answer
        except CircuitBreakerOpenError:
            raise CircuitOpen(_DOWN, after=self._open_seconds * SECOND) from None
        return answer

    def is_down(self) -> Retry | None:
        """For who will not ask the vendor: down until somebody who did ask found otherwise.

        Where nobody has asked for longer than anybody waits between two attempts, nobody is waiting, and what
        was found then says nothing any more.
        """
        found = self._store.get_state(self._name)
        asked_at = (found.opened_at or 0) * SECOND
        if found.state is CircuitState.CLOSED or real_now() - asked_at > _FORGOTTEN / self._speed:
            return None
        return Retry(_DOWN, after=self._open_seconds * SECOND, waits=True)


def _raising(transport: Transport) -> Transport:
    """A breaker counts exceptions, so an answer that means failure becomes one on its way through."""

    def exchange(request: Request) -> Answer:
        answer = transport(request)
        if answer.status >= _SERVER_ERROR:
            raise _ServerError(answer)
        return answer

    return exchange


def _store(client: Any, table: str) -> CircuitBreakerDynamoDBPersistence:
    return CircuitBreakerDynamoDBPersistence(
        table_name=table,
        key_attr="pk",
        static_pk_value="circuit_breaker",
        sort_key_attr="sk",
        expiry_attr="expires_at",
        boto3_client=client,
    )


def _config(open_seconds: int) -> CircuitBreakerConfig:
    return CircuitBreakerConfig(
        failure_threshold=5,
        recovery_timeout=open_seconds,
        success_threshold=1,
        handled_exceptions=(NeverLeft, LostAnswer, _ServerError),
    )


def _is_opening(change: CircuitTransition) -> bool:
    return change.to_state is CircuitState.OPEN
