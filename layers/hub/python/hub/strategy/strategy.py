"""The whole of a company's strategy, as Lambdas load it."""

from functools import cached_property
from pathlib import Path
from typing import Self

from hub.strategy.journeys import Journey
from hub.strategy.model import Model, Name
from hub.strategy.policy import Policy
from hub.strategy.scoring_models import ScoringModel
from hub.strategy.segments import Segment
from hub.strategy.templates import Template
from hub.strategy.tracking_plan import TrackingPlan

FILE = "strategy.json"


class Strategy(Model):
    segments: tuple[Segment, ...] = ()
    journeys: tuple[Journey, ...] = ()
    policy: Policy = Policy()
    tracking_plan: TrackingPlan | None = None
    templates: dict[Name, Template] = {}
    models: tuple[ScoringModel, ...] = ()

    @classmethod
    def load(cls, directory: Path | str) -> Self:
        """What `hub.authoring.compile_strategy` wrote there."""
        return cls.model_validate_json((Path(directory) / FILE).read_bytes())

    def to_json(self) -> str:
        """The same strategy is the same text."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    @cached_property
    def segment_by_name(self) -> dict[str, Segment]:
        return {segment.name: segment for segment in self.segments}

    @cached_property
    def journey_by_name(self) -> dict[str, Journey]:
        return {journey.name: journey for journey in self.journeys}
