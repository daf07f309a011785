"""The hub with its back-fill: the machine of the template, on moto's tables."""

import json
from collections.abc import Iterator
from typing import Any

import react_to_changes
import update_profiles
from hub.aws.backfill_table import BackfillTable
from hub.aws.definition_table import DefinitionTable
from hub.events import Event, to_json
from hub.profiles import Profile
from hub.strategy.strategy import Strategy
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.moto_machines import ROLE
from tests.moto_stack import resources

LOOKER = {"name": "looker", "when": {"did": "Product Viewed", "within": "30d"}}
BROWSER = {"name": "browser", "when": {"did": "page", "within": "30d"}}


def strategy_of(*segments: dict[str, Any], **more: Any) -> Strategy:
    return Strategy.model_validate({"segments": list(segments), **more})


class Filled:
    """The hub with its machine; hub time runs as real time does, from NOON."""

    def __init__(self, lambdas: Lambdas) -> None:
        self.lambdas = lambdas
        self.definitions = DefinitionTable(lambdas.dynamodb, lambdas.stack.segments)
        self.progress = BackfillTable(lambdas.dynamodb, lambdas.stack.segments)
        self.machines = lambdas.machines
        self._executions = 0

    def absorb(self, *bodies: Any) -> int:
        """What waits in the events queue, or these messages, and all that follows; how many they were."""
        told = bodies or tuple(self.lambdas.queue("events"))
        react_to_changes.handler(self.unheard(*told), None)
        return len(told)

    def unheard(self, *bodies: Any) -> dict[str, Any]:
        """What changed by these messages, told to nobody yet."""
        for body in bodies:
            assert failed_of(update_profiles.handler(sqs_event(body), None)) == []
        return self.lambdas.stream.batch()

    def send(self, *events: Event) -> None:
        self.absorb({"events": [to_json(event) for event in events]})

    def run(self, do: str = "begin", *segments: str, **bounds: int) -> dict[str, Any]:
        """Up to the end of the machine, and until what it said has been taken in."""
        told = self.machines.wait_for_end(self.start(do, *segments, **bounds), seconds=30)
        self.absorb()
        return json.loads(told["output"])

    def start(self, do: str, *segments: str, **bounds: int) -> str:
        """`bounds`: other ones than the machine's own, e.g. calls=1."""
        self._executions += 1
        name = f"run-{self._executions}"
        made = self.machines.client.create_state_machine(
            name=name, definition=self._definition(bounds), roleArn=ROLE
        )
        self.machines.arns[name] = made["stateMachineArn"]
        self.machines.client.start_execution(
            stateMachineArn=made["stateMachineArn"],
            name=name,
            input=json.dumps({"do": do, "segments": list(segments)}),
        )
        return name

    def statuses(self) -> list[str]:
        return [one["status"] for name in self.machines.arns for one in self.machines.executions(name)]

    def _definition(self, bounds: dict[str, int]) -> str:
        """As CloudFormation gets it, with no second of waiting."""
        [made] = [
            one
            for _, one in resources(self.lambdas.stack.template, "AWS::StepFunctions::StateMachine")
            if one["StateMachineName"] == "hub-local-backfill"
        ]
        parts = made["DefinitionString"]["Fn::Join"][1]
        text = "".join(part if isinstance(part, str) else self.machines.function for part in parts)
        definition = json.loads(text)
        for state in _states(definition):
            state.update({"Seconds": 0} if state["Type"] == "Wait" else {})
            state.pop("Retry", None)
            for choice in state.get("Choices", ()):
                if "NumericGreaterThanEquals" in choice:
                    bound = choice["Variable"].rpartition(".")[2]
                    choice["NumericGreaterThanEquals"] = bounds.get(bound, choice["NumericGreaterThanEquals"])
        return json.dumps(definition)

    def member_names(self, segment: str) -> set[str]:
        return {one.profile_id for one in self.lambdas.members.members(segment)}

    def profile(self, user_id: str) -> Profile:
        leads = self.lambdas.profiles.find([("user_id", user_id)])
        found = self.lambdas.profiles.get(leads["user_id", user_id])
        assert found
        return found


def _states(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in definition["States"].values():
        yield state
        yield from _states(state["ItemProcessor"]) if "ItemProcessor" in state else ()
