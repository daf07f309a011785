"""Step Functions: one Standard machine a journey, one execution an enrollment."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from hub.aws import failures


class StateMachines:
    """`hub.ports.Machines`."""

    def __init__(self, client: Any, arns: Mapping[str, str]) -> None:
        self._client = client
        self._arns = arns

    def start(self, journey: str, enrollment_id: str, profile_id: str) -> None:
        body = json.dumps({"enrollment_id": enrollment_id, "profile_id": profile_id})
        try:
            self._client.start_execution(stateMachineArn=self._arns[journey], name=enrollment_id, input=body)
        except ClientError as error:
            if not failures.has_code(error, "ExecutionAlreadyExists"):
                raise

    def succeed(self, token: str, outcome: str) -> bool:
        try:
            self._client.send_task_success(taskToken=token, output=json.dumps({"outcome": outcome}))
        except ClientError as error:
            # AWS says TaskTimedOut, the emulators TaskDoesNotExist, once the state has moved on.
            if failures.has_code(error, "TaskTimedOut", "TaskDoesNotExist", "InvalidToken"):
                return False
            raise
        return True
