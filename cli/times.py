"""Times on the command line: ISO 8601 in, instants out."""

from collections.abc import Callable
from typing import Any

import click

from hub.clock import Instant, parse_instant

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def time_option(name: str, text: str) -> Decorator:
    """An option whose value is an ISO 8601 time, handed over as an instant."""
    return click.option(name, callback=_instant, metavar="ISO", help=text)


def _instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> Instant | None:
    try:
        return parse_instant(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text} is no ISO 8601 time, e.g. 2026-11-21T10:00:00Z") from None
