"""Dead letters sent on their way again, each put where it came from before it is taken away here.

Done twice, nothing counts twice: events are known by their message id, sends by the ledger, levels by
what the vendor confirmed; and every message meets the gate again as if it were new.
"""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
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
        entries = [{"Id": str(place), "MessageBody": one["Body"]} for place, one in enumerate(letters)]
        answer = sqs.send_message_batch(QueueUrl=source, Entries=entries)
        sent = [letters[int(one["Id"])] for one in answer.get("Successful", ())]
        _forget(sqs, dead, sent)
        moved += len(sent)
        if refused := answer.get("Failed"):
            raise NoWayBack(
                f"{source}: SQS refused {len(refused)} messages ({refused[0].get('Code')}): try again"
            )
    return moved


def of_changes(sqs: Any, dead: str, streams: Any, react: Any, *, most: int) -> int:
    """Answer changes that went unanswered; a letter names them by their place in the profiles' stream.

    `react(records)` is the Lambda. The stream keeps a day: what is older is said, and stays.
    """
    moved = 0
    for letter in _each(sqs, dead, most):
        react(list(_records(streams, json.loads(letter["Body"])["DDBStreamBatchInfo"])))
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
    except streams.exceptions.TrimmedDataAccessException as error:
        raise NoWayBack(
            f"changes {first} to {last} are older than a day, the stream has forgotten them: "
            "hub segment backfill brings memberships up to date"
        ) from error
    while iterator:
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > int(last):
                return
            yield {"eventID": record["eventID"], "dynamodb": _as_lambda_sees(record["dynamodb"])}
        iterator = page.get("NextShardIterator") if page["Records"] else None


def _as_lambda_sees(change: Mapping[str, Any]) -> dict[str, Any]:
    images = {name: change[name] for name in ("Keys", "OldImage", "NewImage") if name in change}
    return {name: {key: _text(value) for key, value in item.items()} for name, item in images.items()}


def _text(value: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: b64encode(held).decode() if kind == "B" else held for kind, held in value.items()}
