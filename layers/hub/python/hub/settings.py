"""What each Lambda is told: one frozen model a Lambda, written by CDK and read by the Lambda.

Plain dataclasses and not pydantic, because the ingest Lambda faces the web and reads one too
(see docs/decisions.md). Every value is text, a number, or a table of texts.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from hub.clock import Clock
from hub.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Settings:
    stage: str
    clock_speed: float = 1.0
    clock_origin: int = 0
    clock_start: int = 0

    @property
    def clock(self) -> Clock:
        return Clock(speed=self.clock_speed, origin=self.clock_origin, start=self.clock_start)

    def to_environment(self) -> dict[str, str]:
        """The Lambda's environment; CDK tokens pass through as the texts they are."""
        return {_variable(field.name): _to_text(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        found = os.environ if environment is None else environment
        missing = [_variable(field.name) for field in fields(cls) if _variable(field.name) not in found]
        if missing:
            raise ConfigurationError(
                f"{cls.__name__}: the environment lacks {', '.join(missing)}; deploy again"
            )
        told: dict[str, Any] = {
            field.name: _from_text(field.type, found[_variable(field.name)]) for field in fields(cls)
        }
        return cls(**told)


@dataclass(frozen=True, kw_only=True)
class IngestEventsSettings(Settings):
    events_queue_url: str
    archive_stream: str
    write_keys: dict[str, str]
    """Write key -> name of the source it stands for."""


@dataclass(frozen=True, kw_only=True)
class UpdateProfilesSettings(Settings):
    profiles_table: str
    journeys_table: str
    strategy_path: str
    archive_bucket: str
    """Where quarantined events are kept."""
    dead_letters_url: str
    receives: int
    """How often a message of the events queue is received before it is given up."""


@dataclass(frozen=True, kw_only=True)
class ReactToChangesSettings(Settings):
    profiles_table: str
    segments_table: str
    journeys_table: str
    events_queue_url: str
    events_queue_arn: str
    dead_letters_arn: str
    """Of the events queue: where a timer goes whose schedule cannot be carried out."""
    schedule_group: str
    scheduler_role_arn: str
    machines: dict[str, str]
    """Journey -> ARN of its state machine."""
    connector_queues: dict[str, str]
    """Connector slug -> URL of its queue."""
    strategy_path: str


@dataclass(frozen=True, kw_only=True)
class BackfillSegmentsSettings(Settings):
    profiles_table: str
    segments_table: str
    events_queue_url: str
    archive_bucket: str
    strategy_path: str


@dataclass(frozen=True, kw_only=True)
class RunJourneyStepSettings(Settings):
    profiles_table: str
    journeys_table: str
    events_queue_url: str
    connector_queues: dict[str, str]
    """Connector slug -> URL of its queue."""
    strategy_path: str


@dataclass(frozen=True, kw_only=True)
class DecideContentSettings(Settings):
    profiles_table: str
    journeys_table: str
    strategy_path: str


@dataclass(frozen=True, kw_only=True)
class ReceiveWebhooksSettings(Settings):
    events_queue_url: str
    secrets: dict[str, str]
    """Connector slug -> name of its secret, for the connectors that take callbacks."""


@dataclass(frozen=True, kw_only=True)
class ConnectorSettings(Settings):
    slug: str
    secret: str
    queue_url: str
    queue_arn: str
    dead_letters_arn: str
    """Of that queue: where a message goes whose schedule cannot be carried out."""
    schedule_group: str
    scheduler_role_arn: str
    events_queue_url: str
    profiles_table: str
    journeys_table: str
    strategy_path: str


def _variable(field: str) -> str:
    return f"HUB_{field.upper()}"


def _to_text(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _from_text(kind: object, text: str) -> object:
    if kind is str:
        return text
    return float(text) if kind is float else json.loads(text)
