"""Who earned an order: the touches that led to it, and how its worth is shared among them.

One record an order, however many journeys reached their goal by it. The shares of each model add up to 1;
which model one believes is a question to the reader, so all of them are told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from hub.clock import DAY, Instant
from hub.enrollments import Conversion, TrailTouch

Model = Literal["first", "last", "linear", "time_decay", "position"]

HALF_LIFE = 7 * DAY
"""A touch this much older is worth half as much."""
ENDS, MIDDLE = 0.4, 0.2
"""Position: the first and the last touch, and all between them together."""
KEPT = 30
"""Touches in a trail: the first, and the newest."""

_HALVINGS = 500
"""Further back than this, what is left is nothing; 2 to that power is still a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One order and what led to it."""

    order: str
    """Its id; without one the mark of the goal's event, or the enrollment where the goal is no event."""
    order_id: str
    at: Instant
    value: float | None
    journeys: tuple[str, ...]
    """Those that reached their goal by it."""
    trail: tuple[TrailTouch, ...]


def records(conversions: Iterable[Conversion]) -> list[Attribution]:
    """One an order, oldest first: its value counts once, whoever may claim it."""
    by_order: dict[str, list[Conversion]] = {}
    for one in sorted(conversions, key=lambda one: (one.at, one.enrollment_id)):
        by_order.setdefault(one.order, []).append(one)
    return [_record(together) for together in by_order.values()]


def is_told(conversions: Iterable[Conversion], order: str) -> bool:
    """An order's trail is kept with the first conversion by it."""
    return any(one.order == order for one in conversions)


def bounded(trail: Sequence[TrailTouch]) -> tuple[TrailTouch, ...]:
    """What is kept of a long one: every model needs its beginning, and what is between counts least."""
    return tuple(trail) if len(trail) <= KEPT else (trail[0], *trail[len(trail) - KEPT + 1 :])


def shares(trail: Sequence[TrailTouch]) -> dict[Model, tuple[float, ...]]:
    """Model -> the share of each touch, in the trail's order."""
    return {name: _normalised(weigh(trail)) for name, weigh in _MODELS.items()}


def _record(together: Sequence[Conversion]) -> Attribution:
    first = together[0]
    touches = {touch for one in together for touch in one.trail}
    return Attribution(
        order=first.order,
        order_id=first.order_id,
        at=first.at,
        value=next((one.value for one in together if one.value is not None), None),
        journeys=tuple(sorted({one.journey for one in together})),
        trail=bounded(sorted(touches, key=_place)),
    )


def _place(touch: TrailTouch) -> tuple[Instant, str, int, str, str]:
    return (touch.at, touch.journey, touch.step, touch.connector, touch.action)


def _first(trail: Sequence[TrailTouch]) -> list[float]:
    return [float(place == 0) for place in range(len(trail))]


def _last(trail: Sequence[TrailTouch]) -> list[float]:
    return [float(place == len(trail) - 1) for place in range(len(trail))]


def _linear(trail: Sequence[TrailTouch]) -> list[float]:
    return [1.0] * len(trail)


def _time_decay(trail: Sequence[TrailTouch]) -> list[float]:
    """By how much older than the newest one each is: the same shares as by age, and never all nothing."""
    newest = max((touch.at for touch in trail), default=0)
    return [0.5 ** min(_HALVINGS, (newest - touch.at) / HALF_LIFE) for touch in trail]


def _position(trail: Sequence[TrailTouch]) -> list[float]:
    """Two touches share it evenly: there is nothing between them."""
    between = len(trail) - 2
    if between <= 0:
        return [1.0] * len(trail)
    return [ENDS, *[MIDDLE / between] * between, ENDS]


_MODELS: Mapping[Model, Callable[[Sequence[TrailTouch]], list[float]]] = {
    "first": _first,
    "last": _last,
    "linear": _linear,
    "time_decay": _time_decay,
    "position": _position,
}


def _normalised(weights: Sequence[float]) -> tuple[float, ...]:
    total = fsum(weights)
    return tuple(weight / total for weight in weights)
