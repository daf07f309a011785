"""`hub dlq`: what could not be done, and waits for a person."""

from typing import Any

import click

from cli import listing, target
from cli.target import Target


@click.group()
def dlq() -> None:
    """Dead-letter queues: what could not be done, and waits for a person."""


@dlq.command("list")
@listing.json_option
@target.option
def list_(*, stage: str | None, as_json: bool) -> None:
    """Every dead-letter queue with the number of messages in it."""
    rows = dead_letters(target.find(stage))
    listing.print_rows(rows, as_json=as_json, empty="there are no dead-letter queues")


def dead_letters(hub: Target) -> list[dict[str, Any]]:
    """[{queue, messages}], by name."""
    sqs = hub.client("sqs")
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"hub-{hub.stage}-")
    urls = [url for page in pages for url in page.get("QueueUrls", ()) if url.endswith("-dead")]
    return [{"queue": url.rsplit("/", 1)[-1], "messages": _count(sqs, url)} for url in sorted(urls)]


def _count(sqs: Any, url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])
