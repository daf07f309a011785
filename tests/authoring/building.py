"""Strategies for tests: directories written from texts, and connectors that need no vendor."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from hub.authoring import StrategyProblems, read_strategy
from hub.connector_kit import Connector, Credentials, Membership, Rendered, Send, Upsert, actions

SEGMENT = """
    name: {name}
    when: {when}
"""
JOURNEY = """
    name: welcome
    entry: {segment: vip}
    goal: {did: Order Completed}
    ends_after: 3d
    steps:
      - after: 0s
        do:
          - mail.send_email: {template: hello}
"""
HELLO = "---\nsubject: Hello\n---\n<p>Hello</p>\n"


class SendEmail(Send):
    """Sends an e-mail."""

    channel = "email"
    template: Rendered


class Join(Membership):
    """Joins an audience."""


class SetNote(Upsert):
    """Sets a note."""

    channel = "chat"
    note: str

    @classmethod
    def content(cls, params: Mapping[str, object]) -> Sequence[str]:
        return sorted(params)


MAIL = Connector(slug="mail", credentials=Credentials, actions=actions(SendEmail))
ADS = Connector(slug="ads", credentials=Credentials, actions=actions(Join, SetNote))
CONNECTORS = (MAIL, ADS)


def segment(name: str = "vip", when: str = "{did: Order Completed}") -> str:
    return SEGMENT.format(name=name, when=when)


def write(directory: Path, files: Mapping[str, str]) -> Path:
    """Files by their path in the strategy; their texts may be indented like the test around them."""
    for file, text in files.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return directory


def told(
    directory: Path, files: Mapping[str, str], connectors: Sequence[Connector] | None = None
) -> list[str]:
    """What is wrong with these files, in sentences; [] when nothing is."""
    try:
        read_strategy(write(directory, files), connectors)
    except StrategyProblems as error:
        return [str(problem) for problem in error.problems]
    return []
