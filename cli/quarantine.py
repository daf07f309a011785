"""`hub quarantine`: events that break the tracking plan, and their way back."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from cli import listing, live, strategies, target
from cli.target import Target
from hub.aws.event_queue import EventQueue
from hub.aws.quarantine import QuarantineBucket
from hub.clock import format_instant
from hub.quarantine import Quarantined, each_once
from hub.redriving import Redriven
from hub.redriving import redrive as redrive_all
from hub.rules import event_name
from hub.screening import Screen

_event_option = click.option("--event", metavar="NAME", help="Only events of this name.")


@click.group()
def quarantine() -> None:
    """Events that were set aside for breaking the tracking plan."""


@quarantine.command("list")
@_event_option
@listing.json_option
@target.option
def list_(*, stage: str | None, event: str | None, as_json: bool) -> None:
    """What is set aside, by event and by the rule that it breaks.

    An event that breaks several rules counts with each of them. What is set aside is kept for 90 days.
    """
    kept = each_once(store(target.find(stage)).parcels(event)).values()
    rows = by_rule(one for one in kept if event in (None, event_name(one.event)))
    listing.print_rows(rows, as_json=as_json, empty="nothing is set aside")


@quarantine.command()
@_event_option
@click.option("--dry-run", is_flag=True, help="Only count what would be sent and what would stay.")
@live.strategy_option
@listing.json_option
@target.option
def redrive(*, stage: str | None, event: str | None, dry_run: bool, directory: Path, as_json: bool) -> None:
    """Check what is set aside against the tracking plan of today, and send on what fits it now.

    Deploy the new plan first: the hub checks again, by the plan it has. Events keep their own time. Broken
    off and done again, nothing counts twice.
    """
    hub, strategy = target.find(stage), strategies.load(directory)
    screen = Screen(strategy.tracking_plan, strategy.policy)
    send = None if dry_run else EventQueue(hub.client("sqs"), hub.output("EventsQueueUrl")).put
    done = redrive_all(store(hub), screen, send, hub.now, event=event)
    if as_json:
        listing.print_json({"sent": done.sent, "kept": done.kept, "dry_run": dry_run})
    else:
        click.echo(sentence(done, dry_run=dry_run))


def store(hub: Target) -> QuarantineBucket:
    return QuarantineBucket(hub.client("s3"), hub.output("ArchiveBucket"))


def by_rule(kept: Iterable[Quarantined]) -> list[dict[str, Any]]:
    """[{event, path, rule, events, first_received, last_received}], the most frequent first."""
    received: dict[tuple[str, str, str], list[int]] = {}
    for one in kept:
        for broken in dict.fromkeys((each.place, each.message) for each in one.violations):
            received.setdefault((event_name(one.event), *broken), []).append(one.event.received_at)
    return [
        {
            "event": event,
            "path": path,
            "rule": rule,
            "events": len(at),
            "first_received": format_instant(min(at)),
            "last_received": format_instant(max(at)),
        }
        for (event, path, rule), at in sorted(received.items(), key=lambda one: (-len(one[1]), one[0]))
    ]


def sentence(done: Redriven, *, dry_run: bool) -> str:
    if not done.sent and not done.kept:
        return "nothing is set aside"
    would = "would be" if dry_run else "were" if done.sent != 1 else "was"
    stays = f"{done.kept} still {'breaks' if done.kept == 1 else 'break'} the plan"
    return f"{done.sent} {'event' if done.sent == 1 else 'events'} {would} sent, {stays}"
