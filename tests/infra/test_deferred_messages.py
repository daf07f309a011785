"""What connectors may do with messages that wait: put their own aside, and nothing else."""

from collections.abc import Iterator
from typing import Any

from hub.connector_kit import discover
from tests.moto_stack import Template, resources

CONNECTORS = {connector.slug for connector in discover()}


def statements(template: Template, action: str) -> Iterator[dict[str, Any]]:
    for _, policy in resources(template, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if action in _listed(statement["Action"]):
                yield {**statement, "roles": [role["Ref"] for role in policy["Roles"]]}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(joined: dict[str, Any]) -> str:
    return "".join(str(part) for part in joined["Fn::Join"][1])


def scheduling_role(template: Template) -> str:
    """Which EventBridge takes on to put a waiting message back."""
    [name] = [name for name, _ in resources(template, "AWS::IAM::Role") if "Deferred" in name]
    return name


def test_deferred_messages_have_a_schedule_group_of_their_own(prod: Template) -> None:
    names = {group["Name"] for _, group in resources(prod, "AWS::Scheduler::ScheduleGroup")}

    assert names == {"hub-prod-timers", "hub-prod-deferred"}


def test_every_connector_may_make_schedules_in_that_group_and_in_no_other(prod: Template) -> None:
    """AWS asks for the schedule's ARN, schedule/<group>/<name>; that of its group allows nothing."""
    where = [_text(one["Resource"]) for one in statements(prod, "scheduler:CreateSchedule")]

    assert sum(one.endswith(":schedule/hub-prod-deferred/*") for one in where) == len(CONNECTORS)
    assert all(":schedule/" in one for one in where)


def test_it_may_hand_on_the_scheduling_role_and_no_other(prod: Template) -> None:
    role = scheduling_role(prod)
    passed = [one["Resource"] for one in statements(prod, "iam:PassRole") if role in str(one["Resource"])]

    assert passed == [{"Fn::GetAtt": [role, "Arn"]}] * len(CONNECTORS)


def test_the_scheduling_role_may_put_messages_on_the_connectors_queues_and_do_nothing_else(
    prod: Template,
) -> None:
    role = scheduling_role(prod)
    allowed = [
        (statement["Action"], resource)
        for _, policy in resources(prod, "AWS::IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in _listed(statement["Resource"])
    ]
    queues = {
        name for name, queue in resources(prod, "AWS::SQS::Queue")
        if queue["QueueName"].removeprefix("hub-prod-") in CONNECTORS
    }  # fmt: skip

    assert {action for actions, _ in allowed for action in _listed(actions)} == {
        "sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"
    }  # fmt: skip
    assert {resource["Fn::GetAtt"][0] for _, resource in allowed} == queues


def test_update_profiles_reads_which_journeys_are_paused_and_writes_nothing_there(prod: Template) -> None:
    [journeys] = [name for name, _ in resources(prod, "AWS::DynamoDB::Table") if "Journeys" in name]
    [role] = [name for name, _ in resources(prod, "AWS::IAM::Role") if "updateprofiles" in name.lower()]
    allowed = {
        action
        for _, policy in resources(prod, "AWS::IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        if journeys in str(statement["Resource"])
        for action in _listed(statement["Action"])
    }

    assert "dynamodb:Query" in allowed
    assert not any(
        action.startswith(("dynamodb:Put", "dynamodb:Update", "dynamodb:Delete")) for action in allowed
    )
