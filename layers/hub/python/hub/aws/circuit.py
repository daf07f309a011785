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

from hub.clock import SECOND
from hub.connector_kit.requests import Answer, CircuitOpen, LostAnswer, NeverLeft, Request, Transport

_OPEN_SECONDS = 30
_SERVER_ERROR = 500


class _ServerError(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def behind_a_circuit(
    transport: Transport, slug: str, *, client: Any, table: str, speed: float, opened: Callable[[], None]
) -> Transport:
    """The transport, except while the circuit of this connector is open: then CircuitOpen."""
    open_seconds = max(1, round(_OPEN_SECONDS / speed))
    protected = circuit_breaker(
        name=f"circuit#{slug}",
        persistence_store=_store(client, table),
        config=_config(open_seconds),
        on_transition=lambda change: opened() if _is_opening(change) else None,
    )(_raising(transport))

    def send(request: Request) -> Answer:
        try:
            answer: Answer = protected(request)
        except _ServerError as down:
            return down.answer
        except CircuitBreakerOpenError:
            raise CircuitOpen("circuit open: the vendor is down", after=open_seconds * SECOND) from None
        return answer

    return send


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
