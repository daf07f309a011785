"""What a segment means, as versions: a label is worth as much as one knows by which rule it was given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal

from hub.clock import Instant
from hub.strategy.conditions import Condition, predictions_in
from hub.strategy.journeys import Journey
from hub.strategy.scoring_models import ScoringModel
from hub.strategy.segments import Segment, ordered
from hub.strategy.strategy import Strategy

KEPT_FORMER = 10
Kind = Literal["segment", "journey"]
Key = tuple[Kind, str]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """Of a segment; or of a journey that takes in who was in its segment before there was the journey."""

    kind: Kind
    name: str
    version: str
    since: Instant
    """When this version went live."""
    rule: str = ""
    """The condition as JSON; "" for a journey."""
    description: str = ""
    filled_at: Instant | None = None
    """When every profile had been held against it; None: not yet."""
    former: tuple[tuple[str, Instant], ...] = ()
    """(version, since) of those before, newest first."""

    @property
    def key(self) -> Key:
        return self.kind, self.name


def versions(segments: Iterable[Segment], models: Iterable[ScoringModel] = ()) -> dict[str, str]:
    """Segment -> version: eight characters for its rule and for the segments and models it looks at."""
    foretold = {model.trait: model.model_dump_json(by_alias=True, exclude_defaults=True) for model in models}
    found: dict[str, str] = {}
    for segment in ordered(segments):
        looked_at = [found[name] for name in sorted(segment.refers_to)]
        weighed = [foretold[trait] for trait in sorted(predictions_in(segment.when)) if trait in foretold]
        found[segment.name] = _digest(rule_json(segment.when), *looked_at, *weighed)
    return found


def journey_version(journey: Journey) -> str:
    """Eight characters for what a run finishes on however often the strategy changes: steps and length."""
    steps = (step.model_dump_json(by_alias=True, exclude_defaults=True) for step in journey.steps)
    return _digest(str(journey.ends_after), *steps)


def rule_json(condition: Condition) -> str:
    return condition.model_dump_json(by_alias=True, exclude_none=True)


def wanted(strategy: Strategy, now: Instant) -> dict[Key, Definition]:
    """What should be known of the strategy's segments and of the journeys that take members in."""
    version_of = versions(strategy.segments, strategy.models)
    segments = [
        Definition(
            kind="segment",
            name=one.name,
            version=version_of[one.name],
            since=now,
            rule=rule_json(one.when),
            description=one.description,
        )
        for one in strategy.segments
    ]
    journeys = [
        Definition(kind="journey", name=one.name, version=_digest(one.entry.segment), since=now)
        for one in strategy.journeys
        if one.entry.include_members
    ]
    return {one.key: one for one in (*segments, *journeys)}


def succeed(known: Definition | None, new: Definition) -> Definition:
    """What to write down: a version stays the one it was, a new one has the old behind it."""
    if known is None:
        return new
    if known.version == new.version:
        return replace(known, description=new.description)
    former = ((known.version, known.since), *known.former)[:KEPT_FORMER]
    return replace(new, former=former)


def unfilled(known: Mapping[Key, Definition], new: Mapping[Key, Definition]) -> list[Key]:
    """What not every profile has been held against yet; a segment that is gone is such a thing too."""
    changed = [
        key
        for key, one in new.items()
        if key not in known or known[key].version != one.version or known[key].filled_at is None
    ]
    gone = [key for key in known if key not in new and key[0] == "segment"]
    return sorted(changed + gone)


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode(), digest_size=4).hexdigest()
