"""What starts the back-fill, what it may do, and what its machine is told."""

from typing import Any

from statelint.linter import Linter

from infra.backfill_machine import machine
from tests.infra.conftest import functions, properties_of
from tests.moto_stack import Template, resources

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:hub-prod-backfill_segments"


def _rules(template: Template) -> list[dict[str, Any]]:
    return properties_of(template, "AWS::Events::Rule")


def test_its_machine_is_good_states_language() -> None:
    assert Linter.validate(machine(ARN)) == []


def test_profiles_and_archive_are_read_by_children_of_distributed_maps() -> None:
    states = machine(ARN)["States"]
    maps = {name: one for name, one in states.items() if one["Type"] == "Map"}

    modes = {name: one["ItemProcessor"]["ProcessorConfig"]["Mode"] for name, one in maps.items()}
    assert modes == {"Recall": "DISTRIBUTED", "Scan": "DISTRIBUTED", "Reconcile": "INLINE"}
    assert all(one["MaxConcurrency"] <= 8 for one in maps.values())


def test_what_is_forgotten_is_recalled_before_anybody_is_looked_at() -> None:
    """Or a rule like did_not would let everybody in, of whom nothing was remembered."""
    states = machine(ARN)["States"]

    assert states["Recall"]["Next"] == "Recalling"
    assert states["Recalling: is it in?"]["Choices"][0]["Next"] == "Scan"


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


def test_it_writes_no_profile_and_reads_no_more_of_the_archive_than_events(prod: Template) -> None:
    told = [
        (statement["Action"], str(statement["Resource"]))
        for name, policy in resources(prod, "AWS::IAM::Policy")
        if name.startswith("BackfillBackfillSegments")
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    on_profiles = [action for action, resource in told if "StorageProfiles" in resource]
    on_archive = [resource for action, resource in told if "s3:GetObject*" in action]
    assert on_profiles == [["dynamodb:Scan", "dynamodb:DescribeTable"]]
    assert len(on_archive) == 1
    assert "events/*" in on_archive[0]


def test_its_lambda_has_time_for_the_pages_it_is_given(prod: Template) -> None:
    function = dict(functions(prod))["backfill_segments"]

    assert (function["Timeout"], function["MemorySize"]) == (180, 1024)
