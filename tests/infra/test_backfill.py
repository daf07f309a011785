"""What starts the back-fill, what it may do, and what its machine is told."""

import json
from typing import Any

import pytest
from statelint.linter import Linter

from hub.archive_hours import MOST_SPANS
from hub.aws.said_anew import SAID_ANEW
from hub.backfill_steps import LOOKS, MOST_WAITS
from infra.archive import BUFFERED
from infra.backfill_machine import Waits, machine
from tests.infra.conftest import TemplateOf, functions, properties_of
from tests.moto_stack import Template, resources

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:hub-prod-backfill_segments"

WAITS = Waits(archive=360, counts=65)
# Step Functions' quotas: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
MOST_EVENTS, MOST_BYTES = 25_000, 262_144


def _rules(template: Template) -> list[dict[str, Any]]:
    return properties_of(template, "AWS::Events::Rule")


def test_its_machine_is_good_states_language() -> None:
    assert Linter.validate(machine(ARN, WAITS)) == []


def test_profiles_and_archive_are_read_by_children_of_distributed_maps() -> None:
    states = machine(ARN, WAITS)["States"]
    maps = {name: one for name, one in states.items() if one["Type"] == "Map"}

    modes = {name: one["ItemProcessor"]["ProcessorConfig"]["Mode"] for name, one in maps.items()}
    assert modes == dict.fromkeys(("Recall", "Scan", "Reconcile"), "DISTRIBUTED")
    assert all(one["MaxConcurrency"] <= 8 for one in maps.values())


def test_what_is_forgotten_is_recalled_before_anybody_is_looked_at() -> None:
    """Or a rule like did_not would let everybody in, of whom nothing was remembered."""
    states = machine(ARN, WAITS)["States"]

    assert states["Recall"]["Next"] == "Recall: what is left"
    assert states["Recall: is any left?"]["Default"] == "Recalling"
    assert states["Recalling: is it in?"]["Choices"][0]["Next"] == "Scan"


def _machine(template: Template) -> dict[str, Any]:
    [made] = [
        one
        for one in properties_of(template, "AWS::StepFunctions::StateMachine")
        if one["StateMachineName"].endswith("-backfill")
    ]
    parts = made["DefinitionString"]["Fn::Join"][1]
    told: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else ARN for part in parts))
    return told


def test_the_archive_is_not_read_before_firehose_has_brought_what_it_held(prod: Template) -> None:
    """Or what came in the last minutes before the deployment would be in nobody's memory."""
    states = _machine(prod)["States"]

    [way] = states["Is anything forgotten?"]["Choices"]
    [stream] = properties_of(prod, "AWS::KinesisFirehose::DeliveryStream")
    held = stream["ExtendedS3DestinationConfiguration"]["BufferingHints"]["IntervalInSeconds"]
    assert way["Next"] == "Let the archive fill"
    assert states[way["Next"]] == {"Type": "Wait", "Seconds": held + 60, "Next": "Recall"}
    assert held == BUFFERED.to_seconds()


def test_on_this_machine_nothing_is_held_and_nothing_waited_for(template_of: TemplateOf) -> None:
    assert _machine(template_of("local"))["States"]["Let the archive fill"]["Seconds"] == 0


def test_a_counter_rests_for_as_long_as_a_batch_of_changes_may_take(prod: Template) -> None:
    rest = _machine(prod)["States"]["Reconcile"]["ItemProcessor"]["States"]["Let it rest"]["Seconds"]

    assert rest > dict(functions(prod))["react_to_changes"]["Timeout"]


def _history(state: dict[str, Any]) -> int:
    """Events that one pass through a state leaves at most, every retry taken."""
    match state["Type"]:
        case "Task":
            [retry] = state["Retry"]
            # Entered and exited; scheduled, started and ended, once and for each retry.
            return 2 + 3 * (1 + int(retry["MaxAttempts"]))
        case "Map":
            # Entered, started, run started, run ended, ended, exited.
            return 6
        case _:
            return 2


def _bound(states: dict[str, Any], variable: str) -> int:
    [found] = [
        int(choice["NumericGreaterThanEquals"])
        for state in states.values()
        for choice in state.get("Choices", ())
        if choice["Variable"] == variable and "NumericGreaterThanEquals" in choice
    ]
    return found


@pytest.mark.parametrize("name", ["Recall", "Scan"])
def test_a_childs_history_cannot_become_too_long(prod: Template, name: str) -> None:
    states = _machine(prod)["States"][name]["ItemProcessor"]["States"]

    a_call = sum(_history(state) for state in states.values() if state["Type"] != "Succeed")

    assert a_call * _bound(states, "$.calls") + 10 < MOST_EVENTS


def test_a_counters_history_cannot_become_too_long(prod: Template) -> None:
    states = _machine(prod)["States"]["Reconcile"]["ItemProcessor"]["States"]

    assert sum(map(_history, states.values())) * LOOKS + 10 < MOST_EVENTS


def test_the_machines_own_history_cannot_become_too_long(prod: Template) -> None:
    """However large the archive: its children's calls are in theirs, and it sees only rounds of children."""
    states = _machine(prod)["States"]
    rounds, waits = 0, 0
    for name, counter, sinking in (("Recall", "recall", "Recalling"), ("Scan", "scan", "Scanning")):
        a_round = sum(_history(state) for one, state in states.items() if one.split(":")[0] == name)
        rounds += a_round * _bound(states, f"$.{counter}.rounds")
        a_wait = sum(_history(state) for one, state in states.items() if one.split(":")[0] == sinking)
        waits += a_wait * MOST_WAITS

    once = sum(map(_history, states.values()))

    assert rounds + waits + once < MOST_EVENTS


def test_what_goes_round_is_never_too_long_for_a_state() -> None:
    """Where a part has come to is a key of a table or of the archive, and these have a longest."""
    longest_key, the_rest = 2_048 + 100, 500

    assert (longest_key + the_rest) * MOST_SPANS < MOST_BYTES


def test_a_deployment_of_this_stack_starts_it_and_so_does_the_night(prod: Template) -> None:
    [deployed] = [rule for rule in _rules(prod) if "detail-type" in rule.get("EventPattern", ())]
    [nightly] = [rule for rule in _rules(prod) if "ScheduleExpression" in rule]

    pattern = deployed["EventPattern"]
    assert pattern["source"] == ["aws.cloudformation"]
    assert pattern["detail-type"] == ["CloudFormation Stack Status Change"]
    assert pattern["detail"] == {
        "stack-id": [{"Ref": "AWS::StackId"}],
        "status-details": {"status": ["CREATE_COMPLETE", "UPDATE_COMPLETE"]},
    }
    assert [rule["Targets"][0]["Input"] for rule in (deployed, nightly)] == [
        '{"do":"begin","segments":[]}',
        '{"do":"nightly","segments":[]}',
    ]
    assert nightly["ScheduleExpression"] == "cron(17 3 * * ? *)"


def test_all_it_may_write_of_a_profile_is_that_she_is_said_anew(prod: Template) -> None:
    [writing] = [
        statement
        for name, policy in resources(prod, "AWS::IAM::Policy")
        if name.startswith("BackfillBackfillSegments")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "dynamodb:UpdateItem"
    ]

    assert writing["Condition"]["ForAllValues:StringEquals"] == {"dynamodb:Attributes": ["pk", SAID_ANEW]}


def test_it_reads_profiles_and_reads_no_more_of_the_archive_than_events(prod: Template) -> None:
    told = [
        (statement["Action"], str(statement["Resource"]))
        for name, policy in resources(prod, "AWS::IAM::Policy")
        if name.startswith("BackfillBackfillSegments")
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    on_profiles = [action for action, resource in told if "StorageProfiles" in resource]
    on_archive = [resource for action, resource in told if "s3:GetObject*" in action]
    assert on_profiles == [["dynamodb:Scan", "dynamodb:DescribeTable"], "dynamodb:UpdateItem"]
    assert len(on_archive) == 1
    assert "events/*" in on_archive[0]


def test_its_lambda_has_time_for_the_pages_it_is_given(prod: Template) -> None:
    function = dict(functions(prod))["backfill_segments"]

    assert (function["Timeout"], function["MemorySize"]) == (180, 1024)
