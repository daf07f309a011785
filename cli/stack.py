"""`hub up` and `hub down`: the whole hub on this machine."""

import json
from pathlib import Path

import click

from cli import local_stack, strategies
from cli.local_stack import StackInfo, Wishes
from cli.times import time_option
from hub.clock import Instant


@click.command()
@click.option(
    "--port", default=8787, show_default=True, type=click.IntRange(1, 65535), help="Where the API listens."
)
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    metavar="N",
    type=click.FloatRange(0, min_open=True),
    help="Hub seconds a real second: 720 plays 12 hours in a minute.",
)
@time_option("--start", "Hub time to begin at; default: now.")
@click.option(
    "--vendors", default="", metavar="URL", help="Send vendors to URL/<connector> instead of the sandbox."
)
@strategies.option
def up(*, port: int, speed: float, start: Instant | None, vendors: str, directory: Path) -> None:
    """Run the whole hub on this machine: no AWS account, no Docker.

    Starts an emulator of AWS, deploys the real stack into it, and plays the vendors in a sandbox.
    Keeps running until Ctrl-C or `hub down`. Once everything answers it prints one line: READY and a JSON
    object with endpoint, write_key, aws_endpoint_url and sandbox.
    """
    wishes = Wishes(port=port, speed=speed, start=start, vendors=vendors, strategy=directory)
    local_stack.up(wishes, lambda info: click.echo(f"READY {json.dumps(ready(info))}"))


def ready(info: StackInfo) -> dict[str, object]:
    names = (
        "endpoint",
        "write_key",
        "aws_endpoint_url",
        "sandbox",
        "stage",
        "region",
        "speed",
        "start",
        "clock",
    )
    return {name: getattr(info, name) for name in names}


@click.command()
def down() -> None:
    """Stop what `hub up` started."""
    click.echo("stopped" if local_stack.down() else "nothing was running")
