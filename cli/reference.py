"""docs/cli.md, made of the commands' own help: `python -m cli.reference > docs/cli.md`."""

import sys
from collections.abc import Iterator
from inspect import cleandoc

import click

from cli.main import hub

_INTRODUCTION = """
# The `hub` command

Made of the commands' own help by `python -m cli.reference > docs/cli.md`; a test keeps it so.

Run it as `uv run hub …` in the project folder.

* **Which hub.** Commands work on the stack that `hub up` runs here, or, with `--stage NAME`, on the
  stack `hub-NAME` on AWS, with the account and region that the environment names (`AWS_PROFILE`, …).
* **The vendors** that `hub up` plays, and how to make them fail: [sandbox.md](sandbox.md).
* **Times** are ISO 8601; without an offset they are UTC. What is printed is UTC.
* **`--json`** prints what a program can read; everything else is for people and may change.
* **Exit codes.** 0 done, 1 failed, 2 wrong usage. Errors say which file, field or id is meant and what to do.
"""


def markdown() -> str:
    context = click.Context(hub, info_name="hub")
    return "\n\n".join([cleandoc(_INTRODUCTION), *_sections(hub, context)]) + "\n"


def _sections(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _sections(command, inner)
        else:
            yield "\n\n".join(_section(command, inner))


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## `{context.command_path}`"
    yield cleandoc(command.help or "")
    yield f"```\n{_usage(command, context)}\n```"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        rows = [f"| `{_names(one, context)}` | {_text(one, context)} |" for one in options]
        yield "\n".join(("| option | |", "|---|---|", *rows))


def _usage(command: click.Command, context: click.Context) -> str:
    return " ".join((context.command_path, *command.collect_usage_pieces(context)))


def _names(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    return record[0] if record else option.opts[0]


def _text(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    return record[1] if record else ""


if __name__ == "__main__":
    sys.stdout.write(markdown())
