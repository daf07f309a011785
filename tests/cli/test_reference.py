from pathlib import Path
from typing import get_args

import click
import pytest

from cli.main import hub
from cli.reference import markdown
from cli.sandbox.failures import Mode, Plan

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def every_command(group: click.Group, path: tuple[str, ...] = ("hub",)) -> list[str]:
    context = click.Context(group)
    found: list[str] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = (*path, name)
        found += every_command(command, inner) if isinstance(command, click.Group) else [" ".join(inner)]
    return found


@pytest.mark.parametrize("command", every_command(hub))
def test_every_command_is_documented(command: str) -> None:
    assert f"\n## `{command}`\n" in DOCUMENT.read_text()


def test_the_documentation_says_what_the_commands_say_of_themselves() -> None:
    assert DOCUMENT.read_text() == markdown(), "run: python -m cli.reference > docs/cli.md"


@pytest.mark.parametrize(
    "command", [one for one in every_command(hub) if one.endswith((" list", " show", " members", " explain"))]
)
def test_every_listing_takes_json(command: str) -> None:
    section = markdown().partition(f"## `{command}`")[2].partition("\n## ")[0]

    assert "`--json`" in section


@pytest.mark.parametrize("word", [*get_args(Mode), *Plan.model_fields, "__requests", "__fail"])
def test_every_way_to_make_a_vendor_fail_is_documented(word: str) -> None:
    assert word in DOCUMENT.with_name("sandbox.md").read_text()
