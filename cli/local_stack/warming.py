"""Each Lambda is called once before anybody waits for it; one that cannot start says so here."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cli.local_stack.deployment import client
from cli.local_stack.errors import LocalStackError
from cli.local_stack.places import STAGE
from hub.deployed import named

# Calls that change nothing.
_EMPTY_BATCH: dict[str, Any] = {"Records": []}
_NO_QUESTION: dict[str, Any] = {"queryStringParameters": {}}
_NO_BACKFILL = {"do": "nightly"}
_NOBODY = {
    "do": "close",
    "enrollment_id": "nobody",
    "profile_id": "nobody",
    "journey": "none",
    "outcome": "failed",
}
_CALLS = {
    "update_profiles": _EMPTY_BATCH,
    "react_to_changes": _EMPTY_BATCH,
    "run_journey_step": _NOBODY,
    "decide_content": _NO_QUESTION,
    "backfill_segments": _NO_BACKFILL,
}


def warm(aws: str, connectors: Iterable[str]) -> None:
    calls = {**_CALLS, **dict.fromkeys(connectors, _EMPTY_BATCH)}
    lambdas = client("lambda", aws)

    def call(function: str) -> None:
        answer = lambdas.invoke(FunctionName=named(STAGE, function), Payload=json.dumps(calls[function]))
        said = answer["Payload"].read().decode()
        if "FunctionError" in answer:
            raise LocalStackError(f"the Lambda {function} does not start: {said}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(call, calls))
