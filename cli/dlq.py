"""`hub dlq`: what could not be done, and waits for a person."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import click

from cli import listing, redriving_letters, target
from cli.redriving_letters import NoWayBack
from cli.target import Target
from hub.authoring.problems import listed
from hub.aws.dead_letters import REASON

_DEAD = "-dead"
_CHANGES = "-changes-dead"

_LOOKED_AT = 1_000
"""Messages of a queue whose reasons are counted, at most."""
_HIDDEN = 30
"""Seconds that a message is out of sight while the others are looked at."""
_GIVEN_UP = "came again and again, and was never done with"
"""What SQS itself moved; it does not say why."""


_NO_TIMER = "its timer could not put it on its queue"
_ERROR = "ERROR_CODE"
"""The message attribute in which EventBridge Scheduler says why."""


@click.group()
def dlq() -> None:
    """Dead-letter queues: what could not be done, and waits for a person."""


@dlq.command("list")
@listing.json_option
@target.option
def list_(*, stage: str | None, as_json: bool) -> None:
    """Every dead-letter queue with the number of messages in it, and why they are there.

    Reasons name the kind of error and its place in the code. Of each queue, 1,000 messages are looked at.
    """
    rows = dead_letters(target.find(stage))
    if not as_json:
        rows = [{**row, "reasons": _in_words(row["reasons"])} for row in rows]
    listing.print_rows(rows, as_json=as_json, empty="there are no dead-letter queues")


@dlq.command()
@click.argument("queue")
@click.option("--most", type=click.IntRange(min=1), metavar="N", help="Send on N of them; default: all.")
@listing.json_option
@target.option
def redrive(queue: str, *, stage: str | None, most: int | None, as_json: bool) -> None:
    """Send what waits in the dead-letter QUEUE (events, changes, or a connector's name) on its way again.

    Look first why it is there (hub dlq list), and mend that. Nothing counts or leaves twice: events are known
    by their ids, and a message meets the gate as if it were new, so who has bought meanwhile is left alone.

    Changes are known for a day. What was lost with older ones is put right by hub segment backfill --anew.
    """
    hub = target.find(stage)
    dead = _named(hub, queue)
    waiting = _count(hub.client("sqs"), dead)
    moved = _redriven(hub, dead, min(waiting, most or waiting))
    if as_json:
        listing.print_json({"queue": dead.rsplit("/", 1)[-1], "sent": moved, "left": waiting - moved})
    else:
        click.echo(f"{moved} sent on, {waiting - moved} left in {dead.rsplit('/', 1)[-1]}")


def _redriven(hub: Target, dead: str, most: int) -> int:
    sqs = hub.client("sqs")
    if not dead.endswith(_CHANGES):
        return redriving_letters.of_queue(sqs, dead, dead.removesuffix(_DEAD), most=most)
    return redriving_letters.of_changes(
        sqs, dead, hub.client("dynamodbstreams"), hub.client("dynamodb"), partial(_react, hub), most=most
    )


def _react(hub: Target, records: list[dict[str, Any]]) -> None:
    answer = hub.client("lambda").invoke(
        FunctionName=f"hub-{hub.stage}-react_to_changes", Payload=json.dumps({"Records": records})
    )
    if "FunctionError" in answer:
        raise NoWayBack("react_to_changes fails on these changes still: its log says why")


def _named(hub: Target, queue: str) -> str:
    name = f"hub-{hub.stage}-{queue.removeprefix(f'hub-{hub.stage}-').removesuffix(_DEAD)}{_DEAD}"
    urls = {url.rsplit("/", 1)[-1]: url for url in _urls(hub)}
    if name not in urls:
        raise click.UsageError(f"there is no queue {name}: there are {listed(sorted(urls))}")
    return urls[name]


def dead_letters(hub: Target) -> list[dict[str, Any]]:
    """[{queue, messages, reasons: {reason: messages}}], by name."""
    return [_row(hub.client("sqs"), url) for url in sorted(_urls(hub))]


def _urls(hub: Target) -> list[str]:
    pages = hub.client("sqs").get_paginator("list_queues").paginate(QueueNamePrefix=f"hub-{hub.stage}-")
    return [url for page in pages for url in page.get("QueueUrls", ()) if url.endswith(_DEAD)]


def _row(sqs: Any, url: str) -> dict[str, Any]:
    messages = _count(sqs, url)
    reasons = dict(_reasons(sqs, url).most_common()) if messages else {}
    return {"queue": url.rsplit("/", 1)[-1], "messages": messages, "reasons": reasons}


def _count(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def _reasons(sqs: Any, url: str) -> Counter[str]:
    """SQS lets nobody look without taking: each message is taken, and put back once all were seen."""
    seen = {one["MessageId"]: one for one in _taken(sqs, url)}
    for one in seen.values():
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    return Counter(_why(one.get("MessageAttributes", {})) for one in seen.values())


def _why(told: Mapping[str, Any]) -> str:
    if REASON in told:
        return str(told[REASON]["StringValue"])
    return f"{_NO_TIMER}: {told[_ERROR]['StringValue']}" if _ERROR in told else _GIVEN_UP


def _taken(sqs: Any, url: str) -> Iterator[dict[str, Any]]:
    wanted = {
        "MaxNumberOfMessages": 10,
        "VisibilityTimeout": _HIDDEN,
        "MessageAttributeNames": [REASON, _ERROR],
    }
    for _ in range(_LOOKED_AT // 10):
        answer = sqs.receive_message(QueueUrl=url, **wanted)
        if not (found := answer.get("Messages")):
            return
        yield from found


def _in_words(reasons: dict[str, int]) -> str:
    return "; ".join(f"{number} \u00d7 {reason}" for reason, number in reasons.items())
