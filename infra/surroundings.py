"""What every construct of a stack shares."""

from dataclasses import dataclass

from infra.hub_time import ClockSettings, HubTime
from infra.packaging import Layers
from infra.stages import Stage


class SharedSettings(ClockSettings):
    stage: str


@dataclass(frozen=True)
class Surroundings:
    stage: Stage
    layers: Layers
    time: HubTime

    @property
    def settings(self) -> SharedSettings:
        """What each Lambda is told, whatever else it is told."""
        return {"stage": self.stage.name, **self.time.settings}
