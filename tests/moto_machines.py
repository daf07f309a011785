"""Journeys' state machines running in moto, in real time; what their Lambda does is a function of the test.

moto keeps no book of used tokens: it takes the token of a state that is over for an answer. AWS does not.
"""

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import boto3
import pytest
from moto.awslambda_simple.models import LambdaSimpleBackend

from hub.strategy.journeys import Journey
from infra.journey_machines import machine

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:run_journey_step-{number}"
ROLE = "arn:aws:iam::123456789012:role/machines"

Payload = dict[str, Any]
Work = Callable[[Payload], object]


class MotoMachines:
    """One machine a journey, as `infra.journey_machines` compiles it; inside `mock_aws` only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, work: Work = lambda _: None) -> None:
        self.client: Any = boto3.client("stepfunctions")
        self.function = FUNCTION.format(number=id(self))
        self.calls: list[Payload] = []
        """Every payload the Lambda was given."""
        self.done = 0
        """How many of them it is done with."""
        self.errors: list[Exception] = []
        """What it answered with instead."""
        self.arns: dict[str, str] = {}
        # moto's own class: it knows no other way to give a Lambda a body without Docker.
        monkeypatch.setattr(LambdaSimpleBackend, "invoke", self._invoke(work))

    def create(self, journey: Journey, *, speed: float = 3_600, **changes: Any) -> None:
        """`changes` replace a field in every task of the definition, e.g. Retry=[]."""
        definition = machine(journey, self.function, speed)
        for state in definition["States"].values():
            state.update({name: changes[name] for name in changes.keys() & state.keys()})
        made = self.client.create_state_machine(
            name=f"hub-local-journey-{journey.name}", definition=json.dumps(definition), roleArn=ROLE
        )
        self.arns[journey.name] = made["stateMachineArn"]

    def executions(self, journey: str) -> list[Mapping[str, Any]]:
        listed = self.client.list_executions(stateMachineArn=self.arns[journey])["executions"]
        return [self.client.describe_execution(executionArn=one["executionArn"]) for one in listed]

    def stop(self) -> None:
        """Executions are threads: those that still run would run into the next test."""
        for name in self.arns:
            for one in self.executions(name):
                if one["status"] == "RUNNING":
                    self.until(partial(self._stopped, one["executionArn"]))

    def wait_for(self, calls: int, seconds: float = 10) -> list[Payload]:
        """The Lambda's calls, once there are so many."""
        self.until(lambda: len(self.calls) >= calls, seconds)
        return self.calls

    def wait_for_end(self, journey: str, seconds: float = 10) -> Mapping[str, Any]:
        """The journey's only execution, once it has ended."""
        self.until(lambda: {one["status"] for one in self.executions(journey)} == {"SUCCEEDED"}, seconds)
        (only,) = self.executions(journey)
        return only

    def until(self, done: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, f"not in {seconds} s: {self.calls}, {self.errors}"
            time.sleep(0.02)

    def _stopped(self, execution: str) -> bool:
        try:
            self.client.stop_execution(executionArn=execution)
        except AttributeError:  # moto cannot stop a thread that has not begun
            return False
        return True

    def _invoke(self, work: Work) -> Callable[..., bytes]:
        def invoke(*called: Any) -> bytes:
            _backend, function, _qualifier, body, _headers, response_headers = called
            if function not in self.function:
                return b"null"
            payload = json.loads(body)
            self.calls.append(payload)
            try:
                work(payload)
                self.done += 1
            except Exception as error:  # noqa: BLE001 - as Lambda answers for a function that raised
                self.errors.append(error)
                response_headers["x-amz-function-error"] = "Unhandled"
                return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()
            return b"null"

        return invoke
