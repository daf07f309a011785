"""Journeys' state machines with the clock in the test's hand: the compiled ASL, as much of it as it uses.

Tests of the real thing (moto's Step Functions) stand in tests/aws/test_machines.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.clock import SECOND, Instant

Definition = Mapping[str, Any]
Payload = dict[str, Any]


@dataclass
class Execution:
    name: str
    definition: Definition
    data: dict[str, Any]
    state: str
    """"" once it has ended."""
    token: str = ""
    """Of the state that waits for an answer."""
    due: Instant | None = None
    """When the state that waits goes on by itself; None: it has yet to begin."""


class InMemoryMachines:
    """`hub.ports.Machines`. `invoke` is the Lambda of every task; it may answer the token it is given."""

    def __init__(self, definitions: Mapping[str, Definition], invoke: Callable[[Payload], None]) -> None:
        self._definitions = definitions
        self._invoke = invoke
        self.executions: dict[str, Execution] = {}
        self.transitions = 0

    def start(self, journey: str, enrollment_id: str, profile_id: str) -> None:
        definition = self._definitions[journey]
        data = {"enrollment_id": enrollment_id, "profile_id": profile_id}
        begun = Execution(enrollment_id, definition, data, definition["StartAt"])
        self.executions.setdefault(enrollment_id, begun)

    def succeed(self, token: str, outcome: str) -> bool:
        waiting = next((one for one in self.executions.values() if one.token == token != ""), None)
        if waiting is None:
            return False
        waiting.data["answer"] = {"outcome": outcome}
        self._go(waiting, self._state(waiting)["Next"])
        return True

    def next_due(self) -> Instant | None:
        return min((one.due for one in self.executions.values() if one.due is not None), default=None)

    def run(self, now: Instant) -> bool:
        """Let every state begin or end whose time has come; False if there was none."""
        ready = [one for one in self.executions.values() if one.state and (one.due or 0) <= now]
        for one in ready:
            if one.due is None:
                self._begin(one, now)
            else:
                self._overdue(one)
        return bool(ready)

    def _begin(self, one: Execution, now: Instant) -> None:
        state = self._state(one)
        self.transitions += 1
        if state["Type"] == "Wait":
            one.due = now + state["Seconds"] * SECOND
        elif state["Resource"].endswith(".waitForTaskToken"):
            one.token = f"{one.name} {one.state}"
            one.due = now + state["TimeoutSeconds"] * SECOND
            self._invoke(self._payload(one, state))
        else:
            self._invoke(self._payload(one, state))
            self._go(one, "" if state.get("End") else state["Next"])

    def _overdue(self, one: Execution) -> None:
        state = self._state(one)
        if state["Type"] == "Wait":
            self._go(one, state["Next"])
        else:
            [timed_out] = [catch for catch in state["Catch"] if "States.Timeout" in catch["ErrorEquals"]]
            self._go(one, timed_out["Next"])

    def _go(self, one: Execution, state: str) -> None:
        one.state, one.token, one.due = state, "", None

    def _state(self, one: Execution) -> Definition:
        state: Definition = one.definition["States"][one.state]
        return state

    def _payload(self, one: Execution, state: Definition) -> Payload:
        written: Definition = state["Parameters"]["Payload"]
        return {name.removesuffix(".$"): self._value(one, name, value) for name, value in written.items()}

    def _value(self, one: Execution, name: str, value: Any) -> Any:
        if not name.endswith(".$"):
            return value
        if value == "$$.Task.Token":
            return one.token
        found: Any = one.data
        for part in value.removeprefix("$.").split("."):
            found = found[part]
        return found
