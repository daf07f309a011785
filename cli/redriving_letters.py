"""Dead letters sent on their way again, each put where it came from before it is taken away here.

Done twice, nothing counts twice: events are known by their message id, sends by the ledger, levels by
what the vendor confirmed; and every message meets the gate again as if it were new. A change is answered
by what has become of its customer since: her timer, and who is in which segment, are of now.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub.errors import HubError

_HIDDEN = 120
"""Seconds that a letter is out of sight while it is being sent."""
_AT_ONCE = 10


class NoWayBack(HubError):
    pass


def of_queue(sqs: Any, dead: str, source: str, *, most: int) -> int:
    """Move at most `most` letters to the queue they come from; how many went."""
    moved = 0
    while moved < most and (letters := _taken(sqs, dead, min(_AT_ONCE, most - moved))):
        entries = [{"Id": str(place), "MessageBody": _said(one)} for place, one in enumerate(letters)]
        answer = sqs.send_message_batch(QueueUrl=source, Entries=entries)
        sent = [letters[int(one["Id"])] for one in answer.get("Successful", ())]
        _forget(sqs, dead, sent)
        moved += len(sent)
        if refused := answer.get("Failed"):
            raise NoWayBack(
                f"{source}: SQS refused {len(refused)} messages ({refused[0].get('Code')}): try again"
            )
    return moved


def _said(letter: Mapping[str, Any]) -> str:
    """What its queue was to be told. Of a timer that could not be carried out, EventBridge may write down
    what it would have asked of SQS rather than the message alone."""
    body: str = letter["Body"]
    try:
        asked = json.loads(body)
    except ValueError:
        return body
    return str(asked["MessageBody"]) if isinstance(asked, dict) and "MessageBody" in asked else body


def of_changes(sqs: Any, dead: str, streams: Any, dynamodb: Any, react: Any, *, most: int) -> int:
    """Answer changes that went unanswered; a letter names them by their place in the profiles' stream.

    `react(records)` is the Lambda. The stream keeps a day: what is older is said, and stays.
    """
    moved = 0
    for letter in _each(sqs, dead, most):
        batch = json.loads(letter["Body"])["DDBStreamBatchInfo"]
        react(list(_until_now(_records(streams, batch), dynamodb, _table_of(batch["streamArn"]))))
        _forget(sqs, dead, [letter])
        moved += 1
    return moved


def _each(sqs: Any, dead: str, most: int) -> Iterator[dict[str, Any]]:
    for _ in range(most):
        if not (letters := _taken(sqs, dead, 1)):
            return
        yield from letters


def _taken(sqs: Any, dead: str, number: int) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=number, VisibilityTimeout=_HIDDEN)
    letters: list[dict[str, Any]] = answer.get("Messages", [])
    return letters


def _forget(sqs: Any, dead: str, letters: list[dict[str, Any]]) -> None:
    entries = [{"Id": str(place), "ReceiptHandle": one["ReceiptHandle"]} for place, one in enumerate(letters)]
    if entries:
        sqs.delete_message_batch(QueueUrl=dead, Entries=entries)


def _records(streams: Any, batch: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The batch's records, as Lambda would be handed them."""
    first, last = batch["startSequenceNumber"], batch["endSequenceNumber"]
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=batch["streamArn"],
            ShardId=batch["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=first,
        )["ShardIterator"]
    except (
        streams.exceptions.TrimmedDataAccessException,
        streams.exceptions.ResourceNotFoundException,
    ) as error:
        raise NoWayBack(
            f"changes {first} to {last} are older than a day, the stream has forgotten them: "
            "hub segment backfill --anew says everybody anew, and puts right what was lost"
        ) from error
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > int(last):
                return
            yield {"eventID": record["eventID"], "dynamodb": _as_lambda_sees(record["dynamodb"])}
        iterator = page.get("NextShardIterator") if page["Records"] else None


def _until_now(records: Iterable[dict[str, Any]], dynamodb: Any, table: str) -> Iterator[dict[str, Any]]:
    """The changes, each as if it had led to what is stored now: later ones have been answered already, and
    an old answer would move her timer and her memberships back. Nothing follows for who was erased."""
    for record in records:
        change = record["dynamodb"]
        found = dynamodb.get_item(TableName=table, Key=change["Keys"], ConsistentRead=True)
        if "Item" in found:
            yield {**record, "dynamodb": {**change, **_as_lambda_sees({"NewImage": found["Item"]})}}


def _table_of(stream_arn: str) -> str:
    """arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<since>"""
    return stream_arn.split("/")[1]


def _as_lambda_sees(change: Mapping[str, Any]) -> dict[str, Any]:
    images = {name: change[name] for name in ("Keys", "OldImage", "NewImage") if name in change}
    return {name: {key: _text(value) for key, value in item.items()} for name, item in images.items()}


def _text(value: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: b64encode(held).decode() if kind == "B" else held for kind, held in value.items()}
