"""What connectors may do with messages that wait: put their own aside, and nothing else."""

from collections.abc import Iterator
from typing import Any

from hub.connector_kit import discover
from hub.connector_kit.backoff import VISIBILITY
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


def queues(template: Template, names: set[str]) -> set[str]:
    """Logical names, by the queues' own without their stage."""
    found = resources(template, "AWS::SQS::Queue")
    return {name for name, queue in found if queue["QueueName"].removeprefix("hub-prod-") in names}


def allowed(template: Template, role: str) -> list[tuple[Any, Any]]:
    """(actions, resource) of a role."""
    return [
        (statement["Action"], resource)
        for _, policy in resources(template, "AWS::IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in _listed(statement["Resource"])
    ]


def test_the_scheduling_role_may_put_messages_on_the_connectors_queues_and_do_nothing_else(
    prod: Template,
) -> None:
    """Their dead-letter queues are for what it cannot put there."""
    may = allowed(prod, scheduling_role(prod))

    assert {action for actions, _ in may for action in _listed(actions)} == {
        "sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"
    }  # fmt: skip
    dead = {f"{slug}-dead" for slug in CONNECTORS}
    assert {resource["Fn::GetAtt"][0] for _, resource in may} == queues(prod, CONNECTORS | dead)


def test_what_customers_timers_cannot_say_to_the_events_queue_goes_to_its_dead_letters(
    prod: Template,
) -> None:
    [role] = [name for name, _ in resources(prod, "AWS::IAM::Role") if "ReactionsTimers" in name]

    told = {resource["Fn::GetAtt"][0] for _, resource in allowed(prod, role)}

    assert told == queues(prod, {"events", "events-dead"})


def test_who_arms_timers_knows_the_dead_letter_queue_of_the_queue_they_go_to(prod: Template) -> None:
    named = dict(resources(prod, "AWS::SQS::Queue"))
    pairs = [
        tuple(
            named[variables[name]["Fn::GetAtt"][0]]["QueueName"] for name in (queue, "HUB_DEAD_LETTERS_ARN")
        )
        for _, function in resources(prod, "AWS::Lambda::Function")
        for variables in [function.get("Environment", {}).get("Variables", {})]
        for queue in ("HUB_QUEUE_ARN", "HUB_EVENTS_QUEUE_ARN")
        if queue in variables
    ]

    assert len(pairs) == len(CONNECTORS) + 1
    assert all(dead == f"{queue}-dead" for queue, dead in pairs)


def test_a_message_is_hidden_from_who_has_it_in_hand_no_shorter_than_the_kit_believes(prod: Template) -> None:
    """From the receive on, SQS hides for twelve hours in all."""
    found = dict(resources(prod, "AWS::SQS::Queue"))

    assert {found[name]["VisibilityTimeout"] for name in queues(prod, CONNECTORS)} == {VISIBILITY}


def test_update_profiles_reads_which_journeys_are_paused_and_writes_nothing_there(prod: Template) -> None:
    [journeys] = [name for name, _ in resources(prod, "AWS::DynamoDB::Table") if "Journeys" in name]
    [role] = [name for name, _ in resources(prod, "AWS::IAM::Role") if "updateprofiles" in name.lower()]
    may = {
        action
        for actions, resource in allowed(prod, role)
        if journeys in str(resource)
        for action in _listed(actions)
    }

    assert "dynamodb:Query" in may
    assert not any(
        action.startswith(("dynamodb:Put", "dynamodb:Update", "dynamodb:Delete")) for action in may
    )
