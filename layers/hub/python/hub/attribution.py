"""Who earned an order: the touches that led to it, and how its worth is shared among them.

One record an order, however many journeys reached their goal by it. The shares of each model add up to 1;
which model one believes is a question to the reader, so all of them are told. What led to an order is told
of it also when its outcome is heard after it: the trail is the same in any order of arrival.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import Literal

from hub.clock import DAY, Duration, Instant
from hub.deliveries import Status
from hub.enrollments import Conversion, TrailTouch
from hub.touches import Touch, Touches, led_to

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


def retold(
    conversions: tuple[Conversion, ...], touches: Touches, news: Iterable[Touch], look_back: Duration
) -> tuple[Conversion, ...]:
    """The same with their trails as the touches are now. `news`: those that changed, as they were and are.

    An order's trail is kept with the first conversion by it. What was let go of meanwhile stays in it.
    """
    concerned, told = list(news), set[str]()
    again = list[Conversion]()
    for one in conversions:
        if one.order not in told and any(led_to(touch, one.at, look_back) for touch in concerned):
            one = replace(one, trail=_trail(one, touches, concerned, look_back))  # noqa: PLW2901
        told.add(one.order)
        again.append(one)
    return tuple(again)


def in_order(
    conversions: Iterable[Conversion], touches: Touches, look_back: Duration
) -> tuple[Conversion, ...]:
    """The earliest first, with all that led to each."""
    earliest_first = sorted(conversions, key=lambda one: (one.at, one.enrollment_id))
    return retold(tuple(earliest_first), touches, touches.values(), look_back)


def _trail(
    one: Conversion, touches: Touches, news: Iterable[Touch], look_back: Duration
) -> tuple[TrailTouch, ...]:
    known = {_place(_told(touch)) for touch in (*touches.values(), *news)}
    let_go = [touch for touch in one.trail if _place(touch) not in known]
    felt = [_told(touch) for touch in touches.values() if led_to(touch, one.at, look_back)]
    return bounded(sorted([*let_go, *felt], key=_place))


def _told(touch: Touch) -> TrailTouch:
    return TrailTouch(
        connector=touch.connector,
        action=touch.action,
        channel=touch.channel,
        step=touch.step,
        at=touch.first_at,
        # Every level is off in the end; that it stood is what she felt.
        status=(Status.ON if touch.status is Status.OFF else touch.status).value,
        journey=touch.journey,
        variant=touch.variant,
        paid=touch.paid,
    )


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


def _place(touch: TrailTouch) -> tuple[Instant, str, int, str, str, str]:
    return (touch.at, touch.journey, touch.step, touch.connector, touch.action, touch.variant)


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
