"""What the template promises, whatever is added to the stack later."""

from typing import Any

import pytest

from hub.connector_kit import discover
from tests.infra.conftest import TemplateOf, functions, properties_of
from tests.moto_stack import Template, resources

CONNECTORS = {connector.slug for connector in discover()}


def test_tables_can_be_restored_to_any_second(prod: Template) -> None:
    tables = properties_of(prod, "AWS::DynamoDB::Table")

    assert len(tables) == 3
    for table in tables:
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_production_data_outlives_the_stack(prod: Template) -> None:
    kinds = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}
    kept = [one for one in prod["Resources"].values() if one["Type"] in kinds]

    assert {one["DeletionPolicy"] for one in kept} == {"Retain"}
    assert all(table["DeletionProtectionEnabled"] for table in properties_of(prod, "AWS::DynamoDB::Table"))


def test_a_development_stack_leaves_nothing_behind(template_of: TemplateOf) -> None:
    resources_of_dev = template_of("dev")["Resources"].values()
    kept = [one["Type"] for one in resources_of_dev if one.get("DeletionPolicy", "Delete") != "Delete"]

    # A log stream goes with its group.
    assert kept == ["AWS::Logs::LogStream"]


def test_changes_of_profiles_are_streamed_with_before_and_after(prod: Template) -> None:
    [profiles] = [table for name, table in resources(prod, "AWS::DynamoDB::Table") if "Profiles" in name]

    assert profiles["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert [key["AttributeName"] for key in profiles["KeySchema"]] == ["pk"]


def test_profiles_and_journeys_expire(prod: Template) -> None:
    expiring = {
        name: table["TimeToLiveSpecification"]
        for name, table in resources(prod, "AWS::DynamoDB::Table")
        if "TimeToLiveSpecification" in table
    }

    assert len(expiring) == 2
    assert list(expiring.values()) == [{"AttributeName": "expires_at", "Enabled": True}] * 2


def test_every_queue_has_a_dead_letter_queue_and_every_dead_letter_queue_an_alarm(prod: Template) -> None:
    queues = dict(resources(prod, "AWS::SQS::Queue"))
    dead = {name for name, queue in queues.items() if queue["QueueName"].endswith("-dead")}
    redriven = {
        queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for queue in queues.values()
        if "RedrivePolicy" in queue
    }
    alarmed = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in properties_of(prod, "AWS::CloudWatch::Alarm")
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible" and alarm["Threshold"] == 0
    }
    stream = {name for name in dead if "Reactions" in name}

    assert len(queues) - len(dead) == len(CONNECTORS) + 1
    assert redriven == dead - stream
    assert alarmed == dead


def test_what_a_stream_batch_could_not_do_is_kept_too(prod: Template) -> None:
    [stream] = [m for m in properties_of(prod, "AWS::Lambda::EventSourceMapping") if "StartingPosition" in m]

    assert stream["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0].startswith(
        "ReactionsDead"
    )
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["MaximumRetryAttempts"] == 10
    assert stream["ParallelizationFactor"] > 1
    assert "profile#" in stream["FilterCriteria"]["Filters"][0]["Pattern"]


def test_queues_are_encrypted_at_rest_and_on_the_way(prod: Template) -> None:
    queues = properties_of(prod, "AWS::SQS::Queue")

    assert all(queue["SqsManagedSseEnabled"] for queue in queues)
    assert len(properties_of(prod, "AWS::SQS::QueuePolicy")) == len(queues)


def test_a_message_stays_hidden_six_times_as_long_as_its_lambda_may_run(prod: Template) -> None:
    lambdas = dict(resources(prod, "AWS::Lambda::Function"))
    queues = dict(resources(prod, "AWS::SQS::Queue"))
    mappings = [
        m for m in properties_of(prod, "AWS::Lambda::EventSourceMapping") if "StartingPosition" not in m
    ]

    assert len(mappings) == len(CONNECTORS) + 1
    for mapping in mappings:
        timeout = lambdas[mapping["FunctionName"]["Ref"]]["Timeout"]
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        assert queue["VisibilityTimeout"] >= 6 * timeout
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_the_archive_is_private_encrypted_versioned_and_partitioned_by_time(prod: Template) -> None:
    [bucket] = properties_of(prod, "AWS::S3::Bucket")
    [stream] = properties_of(prod, "AWS::KinesisFirehose::DeliveryStream")

    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert stream["ExtendedS3DestinationConfiguration"]["Prefix"] == "events/!{timestamp:yyyy/MM/dd/HH}/"
    [policy] = properties_of(prod, "AWS::S3::BucketPolicy")
    denied = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
    assert denied[0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_lambdas_run_on_arm_and_their_logs_end(prod: Template) -> None:
    groups = properties_of(prod, "AWS::Logs::LogGroup")

    for name, function in functions(prod):
        assert (name, function["Architectures"], function["Runtime"]) == (name, ["arm64"], "python3.13")
        assert function["LoggingConfig"]["SystemLogLevel"] == "WARN"
    assert {group["RetentionInDays"] for group in groups} == {90}
    assert len(groups) >= len(list(functions(prod)))


def test_the_door_carries_no_wheels(prod: Template) -> None:
    layers = {name: len(function["Layers"]) for name, function in functions(prod)}

    assert layers.pop("ingest_events") == 1
    assert set(layers.values()) == {3}


def test_lambdas_read_the_strategy_where_its_layer_lands(prod: Template) -> None:
    told = dict(functions(prod))["update_profiles"]["Environment"]["Variables"]

    assert told["HUB_STRATEGY_PATH"] == "/opt/strategy"


def test_the_connectors_of_the_journeys_are_deployed_each_with_a_secret_of_its_name(prod: Template) -> None:
    secrets = {secret["Name"] for secret in properties_of(prod, "AWS::SecretsManager::Secret")}

    assert secrets == {f"hub/prod/{slug}" for slug in CONNECTORS}
    assert {name for name, _ in functions(prod)} > CONNECTORS


def test_a_connector_reads_its_own_secret_and_no_other(prod: Template) -> None:
    [role] = [
        policy["Roles"][0]["Ref"]
        for policy in properties_of(prod, "AWS::IAM::Policy")
        if policy["Roles"][0]["Ref"].startswith("Deliveriesoptimizely")
    ]
    statements = _statements(prod, role)
    secrets = [one["Resource"] for one in statements if "secretsmanager:GetSecretValue" in one["Action"]]

    assert [secret["Ref"].startswith("Deliveriesoptimizely") for secret in secrets] == [True]


def test_the_mail_connector_may_send_mail_as_its_example_says(prod: Template) -> None:
    [role] = [
        policy["Roles"][0]["Ref"]
        for policy in properties_of(prod, "AWS::IAM::Policy")
        if policy["Roles"][0]["Ref"].startswith("Deliveriesamazonses")
    ]

    assert "ses:SendEmail" in [one["Action"] for one in _statements(prod, role)]


def test_stars_stand_only_where_aws_knows_no_narrower_resource(prod: Template) -> None:
    starred = {
        action
        for policy in properties_of(prod, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Resource"] == "*"
        for action in _listed(statement["Action"])
    }

    others = {action for action in starred if not action.startswith(("xray:", "logs:"))}
    assert others == {"ses:SendEmail", "dynamodb:ListStreams"}


def test_the_api_leaves_every_path_and_every_preflight_to_the_door(prod: Template) -> None:
    [api] = properties_of(prod, "AWS::ApiGatewayV2::Api")
    [stage] = properties_of(prod, "AWS::ApiGatewayV2::Stage")
    routes = {route["RouteKey"] for route in properties_of(prod, "AWS::ApiGatewayV2::Route")}

    assert "CorsConfiguration" not in api
    assert routes == {"$default", "GET /v1/decisions", "GET /hooks/{connector}", "POST /hooks/{connector}"}
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 2_000


def test_access_logs_say_neither_who_nor_what(prod: Template) -> None:
    [stage] = properties_of(prod, "AWS::ApiGatewayV2::Stage")

    for personal in ("sourceIp", "path", "userAgent", "caller"):
        assert f"$context.{personal}" not in stage["AccessLogSettings"]["Format"]


def test_a_machine_logs_errors_without_their_data(prod: Template) -> None:
    for machine in properties_of(prod, "AWS::StepFunctions::StateMachine"):
        assert machine["LoggingConfiguration"]["Level"] == "ERROR"
        assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
        assert machine["TracingConfiguration"] == {"Enabled": True}
        assert machine.get("StateMachineType", "STANDARD") == "STANDARD"


def test_hub_time_is_real_time_unless_somebody_rehearses(template_of: TemplateOf) -> None:
    told = dict(functions(template_of("prod")))["update_profiles"]["Environment"]["Variables"]

    assert (told["HUB_CLOCK_SPEED"], told["HUB_CLOCK_ORIGIN"], told["HUB_CLOCK_START"]) == ("1.0", "0", "0")


def test_a_rehearsal_keeps_its_time_over_deployments_by_parameters(template_of: TemplateOf) -> None:
    rehearsal = template_of("dev", speed="60", start="2026-11-27T08:00:00Z")
    told = dict(functions(rehearsal))["update_profiles"]["Environment"]["Variables"]

    assert told["HUB_CLOCK_SPEED"] == "60.0"
    assert told["HUB_CLOCK_ORIGIN"] == {"Ref": "ClockOrigin"}
    assert told["HUB_CLOCK_START"] == {"Ref": "ClockStart"}
    assert rehearsal["Parameters"]["ClockStart"]["Default"] == "1795766400000"


def test_alarms_speak_to_one_topic(prod: Template) -> None:
    [(topic, _)] = resources(prod, "AWS::SNS::Topic")

    for alarm in properties_of(prod, "AWS::CloudWatch::Alarm"):
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["AlarmDescription"]


WATCHED = ["TimeToOff", "TickLateness", "RunsFailed", "ConnectorAuthFailed", "CircuitOpened"]


@pytest.mark.parametrize("metric", WATCHED)
def test_the_promises_that_are_measured_are_watched(prod: Template, metric: str) -> None:
    [alarm] = [
        one for one in properties_of(prod, "AWS::CloudWatch::Alarm") if one.get("MetricName") == metric
    ]

    assert alarm["Namespace"] == "CustomerDataHub"
    assert alarm["Dimensions"] == [{"Name": "stage", "Value": "prod"}]


def _statements(template: Template, role: str) -> list[dict[str, Any]]:
    return [
        statement
        for policy in properties_of(template, "AWS::IAM::Policy")
        if policy["Roles"] == [{"Ref": role}]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def test_what_is_quarantined_goes_after_ninety_days_and_the_archive_stays(prod: Template) -> None:
    [bucket] = properties_of(prod, "AWS::S3::Bucket")

    expiring = [rule for rule in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in rule]

    assert [(rule["Prefix"], rule["ExpirationInDays"]) for rule in expiring] == [("quarantine/", 90)]


def test_update_profiles_may_quarantine_and_give_up_and_read_nothing_of_either(prod: Template) -> None:
    [policy] = [
        one["PolicyDocument"]["Statement"]
        for name, one in resources(prod, "AWS::IAM::Policy")
        if name.startswith("ProfilesUpdateProfiles")
    ]
    buckets = [one for one in policy if any(action.startswith("s3:") for action in _listed(one["Action"]))]
    dead = [one for one in policy if "EventsDead" in str(one["Resource"])]

    [bucket], [queue] = buckets, dead
    assert {action for action in _listed(bucket["Action"]) if "Put" not in action} <= {"s3:Abort*"}
    assert bucket["Resource"]["Fn::Join"][1][1] == "/quarantine/*"
    assert "sqs:SendMessage" in _listed(queue["Action"])
    assert not {"sqs:ReceiveMessage", "sqs:DeleteMessage"} & set(_listed(queue["Action"]))


def test_update_profiles_knows_when_sqs_gives_a_message_up(prod: Template) -> None:
    [told] = [one for name, one in functions(prod) if name == "update_profiles"]
    [events] = [q for q in properties_of(prod, "AWS::SQS::Queue") if q["QueueName"] == "hub-prod-events"]

    receives = told["Environment"]["Variables"]["HUB_RECEIVES"]

    assert int(receives) == events["RedrivePolicy"]["maxReceiveCount"]


def _listed(action: str | list[str]) -> list[str]:
    return [action] if isinstance(action, str) else action
