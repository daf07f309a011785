"""`hub demo`: the whole story on a live stack, watched, and judged at the end."""

import secrets
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from rich.console import Console

from cli import dlq, listing, live, strategies
from cli.demo import promises, shoppers, summary
from cli.demo.acts import Shopper
from cli.demo.evidence import Evidence
from cli.demo.play import Stage
from cli.demo.screen import Row, Screen
from cli.demo.stacks import stack
from cli.demo.story import Story
from cli.demo.watch import Watcher
from cli.target import Target

LETTERS = Path(".hub/demo")
_SETTLE = 12.0
"""Real seconds in which the last effects are waited for."""
_AFTERGLOW = 3.0
"""Real seconds in which nothing more may happen."""


@click.command()
@click.option(
    "--speed",
    default=720.0,
    show_default=True,
    metavar="N",
    type=click.FloatRange(60, 1440),
    help="Hub seconds a real second, where the demo starts a stack of its own.",
)
@live.strategy_option
@listing.json_option
def demo(*, speed: float, directory: Path, as_json: bool) -> None:
    """Watch eight shoppers, and what the hub does for each of them.

    Anna abandons a cart on her phone, is mailed, comes back, and buys; the others buy at once, never
    return, buy between two e-mails, unsubscribe, withdraw their consent, are held out, or empty their
    carts. They post events through the segment-analytics-python library to a live stack: the one that
    runs here, or one of the demo's own, stopped afterwards. The e-mails are kept as HTML in .hub/demo/.

    Exit code 0 only if every promise was kept.
    """
    story = Story(strategies.load(directory))
    console = listing.console(stderr=as_json)
    with stack(speed=speed, strategy=directory) as hub:
        evidence = run(hub, story, console)
    verdicts = promises.judge(evidence)
    if as_json:
        listing.print_json(summary.to_json(evidence, verdicts))
    else:
        summary.show(console, evidence, verdicts)
    click.get_current_context().exit(0 if all(verdict.kept for verdict in verdicts) else 1)


def run(hub: Target, story: Story, console: Console) -> Evidence:
    """Play it to the end, and gather what it left behind."""
    cast = shoppers.cast(story, secrets.token_hex(3))
    with Screen(console, hub.clock, [one.name for one in cast]) as screen:
        stage = Stage(hub.endpoint, story.purposes, screen.say)
        stage.open()
        watcher = Watcher(hub, cast, story.levels, screen.say, LETTERS)
        screen.rows = lambda: _rows(cast, watcher)
        gather = partial(_gather, hub, story, cast, stage, watcher)
        with watcher:
            stage.play(cast, watcher.unsubscribe_url)
            _settle(gather)
            stage.close()
    return gather()


def _gather(hub: Target, story: Story, cast: tuple[Shopper, ...], stage: Stage, watcher: Watcher) -> Evidence:
    return Evidence(
        story=story,
        shoppers=cast,
        played=stage.played,
        seen=tuple(watcher.seen),
        views={one.name: watcher.view(one) for one in cast},
        clock=hub.clock,
        dead_letters=dlq.dead_letters(hub),
    )


def _settle(gather: Callable[[], Evidence]) -> None:
    """Until every promise holds, or its time is up; then a while more, for what must not happen."""
    end = time.monotonic() + _SETTLE
    while time.monotonic() < end and not all(one.kept for one in promises.judge(gather())):
        time.sleep(0.5)
    time.sleep(_AFTERGLOW)


def _rows(cast: tuple[Shopper, ...], watcher: Watcher) -> list[Row]:
    """The table below the lines: what has reached each shopper so far."""
    rows: list[Row] = [("", "e-mails", "on")]
    for shopper in cast:
        mine = [one for one in watcher.seen if one.shopper == shopper.name]
        last = {one.connector: one.kind for one in mine if one.kind != "message"}
        standing = sorted(connector for connector, kind in last.items() if kind == "on")
        rows.append((shopper.name, str(sum(one.kind == "message" for one in mine)), ", ".join(standing)))
    return rows
