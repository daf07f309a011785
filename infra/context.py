"""What `-c name=value` may say to a deployment."""

import json
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from constructs import Node

from hub.clock import Instant, parse_instant
from hub.connector_kit import Connector
from hub.errors import ConfigurationError
from hub.strategy.strategy import Strategy
from infra.stages import Stage, stage_named

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Choices:
    stage: Stage
    speed: float
    """Hub seconds a real second."""
    start: Instant | None
    """Hub time at deployment; None: the real time."""
    strategy: Path
    write_keys: dict[str, str] | None
    """Write key -> source; None: derived from the policy's sources."""
    connectors: str
    """all; used: those of the journeys; or names to deploy besides those used."""

    @property
    def rehearsal(self) -> bool:
        """Hub time is not real time."""
        return self.speed != 1 or self.start is not None


def choices_of(node: Node) -> Choices:
    def said(name: str, default: str) -> str:
        found = node.try_get_context(name)
        return default if found is None else str(found)

    return Choices(
        stage=stage_named(said("stage", "dev")),
        speed=_speed(said("speed", "1")),
        start=_start(said("start", "")),
        strategy=_directory(said("strategy", "strategy")),
        write_keys=_write_keys(node.try_get_context("write_keys")),
        connectors=said("connectors", "all"),
    )


def derived_write_keys(stage: Stage, strategy: Strategy) -> dict[str, str]:
    """One key a source, the same at every deployment. A write key is no secret: every page shows it."""
    return {_write_key(stage.name, source): source for source in strategy.policy.sources or ("website",)}


def chosen_connectors(choice: str, strategy: Strategy, connectors: list[Connector]) -> list[Connector]:
    """All of functions/connectors/, or fewer: an idle one costs 86 cents a month (secret, alarms, polling).

    One that was used must stay until the last enrollment that used it is over: it turns things off.
    """
    if choice == "all":
        return connectors
    named = {do.connector for journey in strategy.journeys for step in journey.steps for do in step.actions}
    wanted = named | set(filter(None, choice.removeprefix("used").split(",")))
    if unknown := sorted(wanted - {connector.slug for connector in connectors}):
        raise ConfigurationError(f"-c connectors: functions/connectors/ has no {', '.join(unknown)}")
    return [connector for connector in connectors if connector.slug in wanted]


def _write_key(stage: str, source: str) -> str:
    return (
        "wk_" + blake2b(f"{stage}\x1f{source}".encode(), digest_size=12, person=b"hub.writekey").hexdigest()
    )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0 < speed <= 100_000:  # noqa: PLR2004 - more than a day a second is a typing mistake
        raise ConfigurationError(f"-c speed={text}: give hub seconds a real second, e.g. 60")
    return speed


def _start(text: str) -> Instant | None:
    try:
        return parse_instant(text) if text else None
    except ValueError:
        raise ConfigurationError(
            f"-c start={text}: give an ISO 8601 time, e.g. 2026-11-27T08:00:00Z"
        ) from None


def _directory(text: str) -> Path:
    directory = ROOT / text
    if not directory.is_dir():
        raise ConfigurationError(f"-c strategy={text}: there is no such directory")
    return directory


def _write_keys(given: Any) -> dict[str, str] | None:
    """`given`: JSON text, or the object itself where it stands in cdk.json."""
    if given is None:
        return None
    try:
        keys = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        keys = None
    if not (isinstance(keys, dict) and keys and all(isinstance(source, str) for source in keys.values())):
        raise ConfigurationError('-c write_keys: give JSON, key -> source, e.g. {"wk_1": "website"}')
    return keys
