"""The circuit before a vendor: opens for what is down, not for what is busy, and is shared by all Lambdas."""

from collections.abc import Iterator
from typing import Any

import pytest

from hub.aws import circuit
from hub.aws.circuit import Circuit
from hub.clock import MINUTE, SECOND, real_now
from hub.connector_kit import Answer, HttpRequest
from hub.connector_kit.outcomes import Retry
from hub.connector_kit.requests import CircuitOpen, LostAnswer, NeverLeft, Request, Transport

ASK = HttpRequest(method="GET", url="https://toy.test/")
DOWN = Answer.of(503)


class Counted:
    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = iter(answers)
        self.calls = 0

    def __call__(self, request: Request) -> Answer:
        del request
        self.calls += 1
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


def guarded(request: pytest.FixtureRequest, vendor: Transport, opened: list[str]) -> Circuit:
    return Circuit(
        vendor,
        request.node.name,
        client=request.getfixturevalue("dynamodb"),
        table=request.getfixturevalue("stack").journeys,
        speed=1.0,
        opened=lambda: opened.append("opened"),
    )


def outcomes(send: Transport, times: int) -> Iterator[Any]:
    for _ in range(times):
        try:
            yield send(ASK).status
        except (NeverLeft, LostAnswer, CircuitOpen) as error:
            yield type(error)


def test_answers_pass_through_and_errors_too(request: pytest.FixtureRequest) -> None:
    send = guarded(request, Counted(Answer.of(200), DOWN, NeverLeft("x")), [])

    assert list(outcomes(send, 3)) == [200, 503, NeverLeft]


def test_five_failures_in_a_row_open_it_and_the_vendor_is_left_alone(request: pytest.FixtureRequest) -> None:
    vendor, opened = Counted(DOWN, LostAnswer("x"), NeverLeft("x"), DOWN, DOWN), list[str]()
    send = guarded(request, vendor, opened)
    list(outcomes(send, 5))

    with pytest.raises(CircuitOpen) as caught:
        send(ASK)

    assert caught.value.after == 30 * SECOND
    assert (vendor.calls, opened) == (5, ["opened"])


def test_a_busy_vendor_is_not_down(request: pytest.FixtureRequest) -> None:
    opened: list[str] = []
    send = guarded(request, Counted(*[Answer.of(429)] * 10), opened)

    assert list(outcomes(send, 10)) == [429] * 10
    assert opened == []


def test_its_state_is_one_row_of_the_journeys_table(request: pytest.FixtureRequest) -> None:
    send = guarded(request, Counted(*[DOWN] * 5), [])
    list(outcomes(send, 5))

    key = {"pk": {"S": "circuit_breaker"}, "sk": {"S": f"circuit#{request.node.name}"}}
    found = request.getfixturevalue("dynamodb").get_item(
        TableName=request.getfixturevalue("stack").journeys, Key=key
    )

    assert found["Item"]["state"] == {"S": "OPEN"}


def test_who_will_not_ask_hears_that_it_is_down_until_somebody_found_otherwise(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = guarded(request, Counted(*[DOWN] * 5), [])
    assert send.is_down() is None

    list(outcomes(send, 5))

    assert send.is_down() == Retry("circuit open: the vendor is down", after=30 * SECOND, waits=True)
    monkeypatch.setattr(circuit, "real_now", lambda: real_now() + 21 * MINUTE)
    assert send.is_down() is None
