"""The vendor's rate, kept: each of the Lambdas at work takes its share and spaces its requests."""

from collections.abc import Callable

from hub.clock import SECOND, Instant
from hub.connector_kit.requests import Answer, Request, Transport


def paced(
    transport: Transport,
    *,
    per_second: float | None,
    lambdas: int,
    now: Callable[[], Instant],
    sleep: Callable[[float], None],
) -> Transport:
    """At most `per_second` requests a second over all Lambdas; None: no limit known."""
    if per_second is None:
        return transport
    gap = round(SECOND * lambdas / per_second)
    free_at: Instant = 0

    def send(request: Request) -> Answer:
        nonlocal free_at
        wait = free_at - now()
        if wait > 0:
            sleep(wait / SECOND)
        free_at = now() + gap
        return transport(request)

    return send
