"""`hub dlq redrive`: what was given up goes on its way again, and nothing is lost on it."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from cli import main, redriving_letters
from hub.aws import profile_table, stream
from hub.aws.profile_table import ProfileTable
from hub.clock import DAY, real_now
from hub.profiles import Profile
from hub.reactions import ArmTimer, Enter, reactions
from tests.builders import rules_of
from tests.cli.hub_on_aws import hub_on_aws

NAMES = {"AttributeName": "pk", "AttributeType": "S"}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with hub_on_aws(monkeypatch):
        yield boto3.client("sqs")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main.hub, arguments)


def shown(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def queues(sqs: Any, name: str, letters: int) -> tuple[str, str]:
    source = sqs.create_queue(QueueName=f"hub-dev-{name}")["QueueUrl"]
    dead = sqs.create_queue(QueueName=f"hub-dev-{name}-dead")["QueueUrl"]
    for number in range(letters):
        sqs.send_message(QueueUrl=dead, MessageBody=f"letter {number}")
    return source, dead


def bodies(sqs: Any, url: str) -> set[str]:
    found: set[str] = set()
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found |= {one["Body"] for one in messages}
    return found


def test_every_letter_goes_back_to_the_queue_it_came_from(sqs: Any) -> None:
    source, dead = queues(sqs, "webhook", 23)

    told = shown("dlq", "redrive", "webhook", "--stage", "dev")

    assert told == {"queue": "hub-dev-webhook-dead", "sent": 23, "left": 0}
    assert bodies(sqs, source) == {f"letter {number}" for number in range(23)}
    assert bodies(sqs, dead) == set()


def test_a_few_can_be_tried_first(sqs: Any) -> None:
    source, _ = queues(sqs, "events", 5)

    told = shown("dlq", "redrive", "hub-dev-events-dead", "--most", "2", "--stage", "dev")

    assert (told["sent"], told["left"], len(bodies(sqs, source))) == (2, 3, 2)


def by_a_timer(sqs: Any, dead: str, body: str) -> None:
    """As EventBridge Scheduler puts away what it could not put on a queue."""
    code = {"DataType": "String", "StringValue": "AWS.SimpleQueueService.NonExistentQueue"}
    sqs.send_message(QueueUrl=dead, MessageBody=body, MessageAttributes={"ERROR_CODE": code})


def test_what_a_timer_could_not_say_is_said(sqs: Any) -> None:
    source, dead = queues(sqs, "events", 0)
    ticks = ['{"tick":{"profile_id":"p_1","at":1}}', '{"tick":{"profile_id":"p_2","at":1}}']
    by_a_timer(sqs, dead, ticks[0])
    by_a_timer(sqs, dead, json.dumps({"QueueUrl": source, "MessageBody": ticks[1]}))

    [listed] = shown("dlq", "list", "--stage", "dev")
    told = shown("dlq", "redrive", "events", "--stage", "dev")

    why = "its timer could not put it on its queue: AWS.SimpleQueueService.NonExistentQueue"
    assert listed["reasons"] == {why: 2}
    assert (told["sent"], bodies(sqs, source)) == (2, set(ticks))


def test_an_unknown_queue_is_wrong_usage_and_says_which_there_are(sqs: Any) -> None:
    queues(sqs, "events", 0)

    result = run("dlq", "redrive", "event", "--stage", "dev")

    assert result.exit_code == 2
    assert "hub-dev-events-dead" in result.stderr


def test_changes_that_went_unanswered_are_answered_from_the_stream(sqs: Any) -> None:
    _, dead = queues(sqs, "changes", 0)
    arn = changed_profiles("p_1", "p_2", "p_3")
    streams = boto3.client("dynamodbstreams")
    sqs.send_message(QueueUrl=dead, MessageBody=letter(streams, arn, first=1, last=2))
    told: list[dict[str, Any]] = []

    sent = redriving_letters.of_changes(sqs, dead, streams, boto3.client("dynamodb"), told.extend, most=1)

    images = [stream.image(one, "NewImage") for one in told]
    assert [profile_table.from_item(image).profile_id for image in images if image] == ["p_2", "p_3"]
    assert (sent, bodies(sqs, dead)) == (1, set())


def test_a_letter_stays_where_its_changes_cannot_be_answered_yet(sqs: Any) -> None:
    _, dead = queues(sqs, "changes", 0)
    streams, arn = boto3.client("dynamodbstreams"), changed_profiles("p_1")
    sqs.send_message(QueueUrl=dead, MessageBody=letter(streams, arn, first=0, last=0))

    def fails(_records: list[dict[str, Any]]) -> None:
        raise redriving_letters.NoWayBack("still broken")

    with pytest.raises(redriving_letters.NoWayBack):
        redriving_letters.of_changes(sqs, dead, streams, boto3.client("dynamodb"), fails, most=1)

    count = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["All"])["Attributes"]
    assert count["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_an_old_change_is_answered_by_what_is_true_now(sqs: Any) -> None:
    """What came after it was answered: her timer and her segments must not go back to what they were."""
    _, dead = queues(sqs, "changes", 0)
    streams, arn = boto3.client("dynamodbstreams"), changed_profiles("p_1", "p_2")
    profiles, now = ProfileTable(boto3.client("dynamodb"), "profiles"), real_now()
    for tick_at, memberships in ((now + 3 * DAY, {"tea": 5, "vip": 5}), (now + DAY, {"vip": 5})):
        profile = profiles.get("p_1")
        assert profile is not None
        profile.tick_at, profile.memberships = tick_at, memberships
        profiles.put(profile)
    boto3.client("dynamodb").delete_item(TableName="profiles", Key={"pk": {"S": "profile#p_2"}})
    sqs.send_message(QueueUrl=dead, MessageBody=letter(streams, arn, first=1, last=2))
    told: list[dict[str, Any]] = []

    redriving_letters.of_changes(sqs, dead, streams, boto3.client("dynamodb"), told.extend, most=1)

    [(before, after)] = [(stream.image(one, "OldImage"), stream.image(one, "NewImage")) for one in told]
    assert before is not None
    assert after is not None
    follows = reactions(
        profile_table.from_item(before), profile_table.from_item(after), rules_of(), merged=False
    )
    assert follows == [ArmTimer("p_1", now + DAY), Enter("vip", "p_1", 5, {})]


@pytest.mark.parametrize("name", ["TrimmedDataAccessException", "ResourceNotFoundException"])
def test_what_the_stream_has_forgotten_says_what_puts_it_right(
    sqs: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Trimmed, or gone with its shard."""
    _, dead = queues(sqs, "changes", 0)
    streams, arn = boto3.client("dynamodbstreams"), changed_profiles("p_1")
    sqs.send_message(QueueUrl=dead, MessageBody=letter(streams, arn, first=0, last=0))

    def forgotten(**_asked: str) -> None:
        raise getattr(streams.exceptions, name)({"Error": {"Code": name}}, "GetShardIterator")

    monkeypatch.setattr(streams, "get_shard_iterator", forgotten)

    with pytest.raises(redriving_letters.NoWayBack, match="hub segment backfill --anew"):
        redriving_letters.of_changes(sqs, dead, streams, boto3.client("dynamodb"), list.clear, most=1)


def changed_profiles(*ids: str) -> str:
    """A stream with one change for each."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="profiles",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[NAMES],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    for profile_id in ids:
        ProfileTable(client, "profiles").put(Profile(profile_id, last_own_at=1))
    arn: str = client.describe_table(TableName="profiles")["Table"]["LatestStreamArn"]
    return arn


def letter(streams: Any, arn: str, *, first: int, last: int) -> str:
    """What Lambda says of a batch it gave up, by the places of its first and last change."""
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    numbers = [
        one["dynamodb"]["SequenceNumber"] for one in streams.get_records(ShardIterator=start)["Records"]
    ]
    batch = {
        "shardId": shard["ShardId"],
        "startSequenceNumber": numbers[first],
        "endSequenceNumber": numbers[last],
        "streamArn": arn,
    }
    return json.dumps({"DDBStreamBatchInfo": batch})
