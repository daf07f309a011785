"""What a running stack writes down about itself, for the other commands to find it by."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cli.local_stack import lock
from cli.local_stack.places import LOCK_FILE, STACK_FILE


@dataclass(frozen=True, kw_only=True)
class StackInfo:
    endpoint: str
    write_key: str
    aws_endpoint_url: str
    sandbox: str
    """Of the vendor sandbox, or what --vendors said."""
    stage: str
    region: str
    pid: int
    clock: dict[str, float]
    """speed, origin, start: see hub.clock."""
    speed: float
    start: str
    """Hub time at the clock's origin."""
    strategy: str
    """The directory it was deployed from."""
    write_keys: dict[str, str]
    outputs: dict[str, str]
    """Of the CloudFormation stack."""

    @property
    def connectors(self) -> list[str]:
        """Those that are deployed."""
        return [slug for slug in self.outputs["Connectors"].split(",") if slug]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "StackInfo":
        read: dict[str, Any] = json.loads(text)
        return cls(**{field.name: read[field.name] for field in fields(cls)})


def current(path: Path = STACK_FILE, locked: Path = LOCK_FILE) -> StackInfo | None:
    """The stack that runs here; None where none does."""
    try:
        info = StackInfo.from_json(path.read_text())
    except (OSError, ValueError, KeyError):
        return None
    return info if lock.holder(locked) == info.pid else None


def write(info: StackInfo, path: Path = STACK_FILE) -> None:
    """At once or not at all: a reader never sees half of it."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(info.to_json())
    unfinished.replace(path)


def forget() -> None:
    STACK_FILE.unlink(missing_ok=True)
