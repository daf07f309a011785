"""A profile as it is stored: short keys, JSON, deflated once that pays.

Write units count whole kilobytes, so the stored form is what a write costs. Floats and instants
survive exactly; what is empty is left out.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from hub import profile_rows as rows
from hub import profiles
from hub.carts import Carts, Line
from hub.consents import Consent
from hub.deliveries import Status
from hub.enrollments import Conversion, Enrollment, TrailTouch
from hub.lightening import HEAVY, lighter
from hub.orders import Orders, Sum
from hub.profiles import Profile
from hub.ties import Tie
from hub.touches import Touch

DEFLATE_FROM = 400
"""Bytes; a shorter text gains less than the time it costs."""
_PLAIN, _DEFLATED = b"j", b"z"
_MARK_BYTES, _TIME_BYTES = 6, 4


def encode(profile: Profile) -> bytes:
    """The state, without what the item carries beside it (id, version, ring)."""
    body = _packed(profile)
    if len(body) <= HEAVY:
        return body
    lightened = (_packed(lighter_one) for lighter_one in lighter(profile))
    return next((one for one in lightened if len(one) <= HEAVY), body)


def _packed(profile: Profile) -> bytes:
    text = json.dumps(
        _compact(_to_plain(profile)), separators=(",", ":"), ensure_ascii=False, sort_keys=True
    ).encode()
    return _PLAIN + text if len(text) < DEFLATE_FROM else _DEFLATED + zlib.compress(text, 9)


def decode(body: bytes, *, profile_id: str, version: int, ring: bytes = b"") -> Profile:
    text = zlib.decompress(body[1:]) if body[:1] == _DEFLATED else body[1:]
    profile = _from_plain(json.loads(text), profile_id)
    profile.version = version
    profile.ring = decode_ring(ring)
    return profile


def encode_ring(profile: Profile) -> bytes:
    """10 bytes a message: its mark and the second it was received in."""
    kept = sorted(profiles.bounded_ring(profile.ring).items(), key=lambda pair: (pair[1], pair[0]))
    return b"".join(bytes.fromhex(mark) + (at // 1_000).to_bytes(_TIME_BYTES, "big") for mark, at in kept)


def decode_ring(packed: bytes) -> dict[str, int]:
    size = _MARK_BYTES + _TIME_BYTES
    rows = (packed[place : place + size] for place in range(0, len(packed), size))
    return {row[:_MARK_BYTES].hex(): int.from_bytes(row[_MARK_BYTES:], "big") * 1_000 for row in rows}


def _to_plain(profile: Profile) -> dict[str, Any]:
    return {
        "i": [[*identifier, *seen] for identifier, seen in sorted(profile.identifiers.items())],
        "y": _tie_rows(profile),
        "t": {name: rows.of_trait(one) for name, one in profile.traits.items()},
        "a": {key: rows.of_entries(entries) for key, entries in profile.aggregates.items()},
        "d": {key: rows.of_days(by_founder) for key, by_founder in profile.days.items()},
        "l": rows.of_orders(profile.orders.recent),
        "lf": {founder: _values(total) for founder, total in profile.orders.folded.items()},
        "c": [
            [*key, line.at, line.message_id, line.quantity, dict(line.product)]
            for key, line in sorted(profile.carts.lines.items())
        ],
        "x": profile.carts.cuts,
        "p": {purpose: [one.given, one.at] for purpose, one in profile.consents.items()},
        "u": [_values(touch) for _, touch in sorted(profile.touches.items())],
        "o": profile.last_own_at,
        "g": sorted(profile.merged),
        "n": sorted(profile.apart),
        "s": profile.memberships,
        "e": [_values(one) for _, one in sorted(profile.enrollments.items())],
        "v": [_conversion_row(one) for one in profile.conversions],
        "w": profile.settled_at,
        "k": profile.tick_at,
    }


def _from_plain(plain: dict[str, Any], profile_id: str) -> Profile:
    return Profile(
        profile_id,
        identifiers={(kind, value): (first, last) for kind, value, first, last in plain.get("i", ())},
        ties=dict(_ties(plain.get("y", ()), plain.get("i", ()))),
        traits={name: rows.trait(row) for name, row in plain.get("t", {}).items()},
        aggregates={key: rows.entries(told) for key, told in plain.get("a", {}).items()},
        days={key: rows.days(told) for key, told in plain.get("d", {}).items()},
        orders=Orders(
            dict(rows.orders(plain.get("l", ()))),
            {founder: Sum(*values) for founder, values in plain.get("lf", {}).items()},
        ),
        carts=Carts(
            {(cart, key): Line(*line) for cart, key, *line in plain.get("c", ())}, plain.get("x", {})
        ),
        consents={purpose: Consent(*values) for purpose, values in plain.get("p", {}).items()},
        touches=_by_id(_touch, plain.get("u", ())),
        last_own_at=plain.get("o"),
        merged=frozenset(plain.get("g", ())),
        apart=frozenset(plain.get("n", ())),
        memberships=plain.get("s", {}),
        enrollments={values[0]: _slotted(Enrollment, values) for values in plain.get("e", ())},
        conversions=tuple(_conversion(values) for values in plain.get("v", ())),
        settled_at=plain.get("w", 0),
        tick_at=plain.get("k"),
    )


def _tie_rows(profile: Profile) -> list[list[int]]:
    """Places of the two among her identifiers, and how long after both were first seen; mostly 0."""
    places = {one: place for place, one in enumerate(sorted(profile.identifiers))}
    first = {one: seen[0] for one, seen in profile.identifiers.items()}
    return [
        [places[one], places[other], at - max(first[one], first[other])]
        for (one, other), at in sorted(profile.ties.items())
    ]


def _ties(rows: Iterable[list[int]], identifiers: list[list[Any]]) -> Iterator[tuple[Tie, int]]:
    for place, other_place, later in rows:
        (kind, value, first, _), (other_kind, other_value, other_first, _) = (
            identifiers[place],
            identifiers[other_place],
        )
        yield ((kind, value), (other_kind, other_value)), max(first, other_first) + later


def _compact(plain: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if value or value is False}


def _touch(values: list[Any]) -> Touch:
    touch: Touch = _slotted(Touch, values)
    return replace(touch, status=Status(touch.status))


def _conversion_row(one: Conversion) -> list[Any]:
    named = dict(_named(one)) | {"trail": [_values(touch) for touch in one.trail]}
    return list(named.values())


def _conversion(values: list[Any]) -> Conversion:
    conversion: Conversion = _slotted(Conversion, values)
    rows: Any = conversion.trail
    return replace(conversion, trail=tuple(TrailTouch(*touch) for touch in rows))


def _by_id(build: Callable[[list[Any]], Touch], rows: Any) -> dict[str, Touch]:
    return {values[0]: build(values) for values in rows}


def _values(one: Any) -> list[Any]:
    return [value for _, value in _named(one)]


def _named(one: Any) -> list[tuple[str, Any]]:
    return [(name, getattr(one, name)) for name in one.__slots__]


def _slotted(kind: Any, values: list[Any]) -> Any:
    """A row that was stored before a field was added lacks it: new fields stand last, with a default."""
    return kind(**dict(zip(kind.__slots__, values, strict=False)))
