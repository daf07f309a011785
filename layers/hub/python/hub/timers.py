"""Ticks: "time passed for this profile", said by a timer that was armed for it."""

from pydantic import BaseModel, ConfigDict

from hub.clock import Instant


class Tick(BaseModel):
    model_config = ConfigDict(frozen=True)

    profile_id: str
    at: Instant
    """What the timer was armed for; the measure of lateness."""
