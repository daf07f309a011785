"""What a segment means, as versions: a label is worth as much as one knows by which rule it was given."""

import json
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
GONE = ""
"""Version of what the strategy no longer has, while there may be members of it, or runs."""
PLAIN = "-"
"""Version of a journey that takes in nobody who is in its segment before it is there: nothing to fill."""
Kind = Literal["segment", "journey"]
Key = tuple[Kind, str]


@dataclass(frozen=True, kw_only=True)
class Definition:
    """Of a segment, or of a journey."""

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

    @property
    def segment(self) -> Segment:
        """What the rule says; for a segment's definition only."""
        said = {"name": self.name, "description": self.description, "when": json.loads(self.rule)}
        return Segment.model_validate_json(json.dumps(said))


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
    """What should be known of the strategy's segments and journeys."""
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
        Definition(kind="journey", name=one.name, version=_entry_version(one), since=now)
        for one in strategy.journeys
    ]
    return {one.key: one for one in (*segments, *journeys)}


def _entry_version(journey: Journey) -> str:
    return _digest(journey.entry.segment) if journey.entry.include_members else PLAIN


def successors(
    known: Mapping[Key, Definition], new: Mapping[Key, Definition], now: Instant
) -> list[Definition]:
    """What to write down as a strategy goes live, as far as it stands there otherwise."""
    gone = [retired(one, now) for key, one in known.items() if key not in new]
    succeeding = [succeed(known.get(key), one) for key, one in new.items()]
    return [one for one in (*succeeding, *gone) if one != known.get(one.key)]


def retired(known: Definition, now: Instant) -> Definition:
    """Of what is no more; should it come back, not even its old version is filled."""
    if known.version == GONE:
        return known
    return replace(known, version=GONE, since=now, filled_at=None, former=_behind(known))


def succeed(known: Definition | None, new: Definition) -> Definition:
    """What to write down: a version stays the one it was, a new one has the old behind it."""
    if known is None:
        return new
    if known.version == new.version:
        return replace(known, description=new.description)
    return replace(new, former=_behind(known))


def _behind(known: Definition) -> tuple[tuple[str, Instant], ...]:
    own = ((known.version, known.since),) if known.version != GONE else ()
    return (*own, *known.former)[:KEPT_FORMER]


def unfilled(known: Mapping[Key, Definition], new: Mapping[Key, Definition]) -> list[Key]:
    """What not every profile has been held against yet; what is gone is such a thing too."""
    changed = [
        key
        for key, one in new.items()
        if one.version != PLAIN and not (key in known and _is_filled(known[key], one))
    ]
    return sorted(changed + [key for key in known if key not in new])


def _is_filled(known: Definition, new: Definition) -> bool:
    return known.version == new.version and known.filled_at is not None


def _digest(*texts: str) -> str:
    return blake2b("\x1f".join(texts).encode(), digest_size=4).hexdigest()
