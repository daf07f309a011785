"""Everything known of a customer, as plain values that JSON can hold. Times are ISO 8601 UTC."""

from collections.abc import Mapping
from typing import Any

from hub import documents, traits
from hub.clock import Instant, format_instant
from hub.enrollments import Conversion, Enrollment
from hub.profiles import Profile
from hub.touches import Touch

View = dict[str, Any]


def view(profile: Profile, because: Mapping[str, Any], steps: Mapping[str, int]) -> View:
    """`because`: segment -> evidence. `steps`: enrollment -> the step it is at."""
    return {
        "profile_id": profile.profile_id,
        "identities": _identities(profile),
        "traits": traits.values(profile.traits),
        "cart": documents.cart(profile),
        "segments": {
            name: {"since": format_instant(since), "because": because.get(name)}
            for name, since in sorted(profile.memberships.items())
        },
        "enrollments": [_enrollment(one, profile, steps) for one in _by_entry(profile)],
        "deliveries": [
            _delivery(touch) for touch in sorted(profile.touches.values(), key=lambda one: one.first_at)
        ],
        "consent": {
            purpose: {"given": consent.given, "at": format_instant(consent.at)}
            for purpose, consent in sorted(profile.consents.items())
        },
    }


def _identities(profile: Profile) -> list[View]:
    return [
        {"type": kind, "value": value, "first_seen": format_instant(first), "last_seen": format_instant(last)}
        for (kind, value), (first, last) in sorted(profile.identifiers.items())
    ]


def _by_entry(profile: Profile) -> list[Enrollment]:
    return sorted(profile.enrollments.values(), key=lambda one: (one.entered_at, one.enrollment_id))


def _enrollment(one: Enrollment, profile: Profile, steps: Mapping[str, int]) -> View:
    converted = next((each for each in profile.conversions if each.enrollment_id == one.enrollment_id), None)
    return {
        "enrollment_id": one.enrollment_id,
        "journey": one.journey,
        "key": one.key,
        "arm": one.arm,
        "state": "open" if one.closed_at is None else "closed",
        "step": steps.get(one.enrollment_id),
        "entered_at": format_instant(one.entered_at),
        "ends_at": format_instant(one.ends_at),
        "closed_at": _time(one.closed_at),
        "outcome": one.outcome,
        "conversion": _conversion(converted) if converted else None,
    }


def _conversion(conversion: Conversion) -> View:
    trail = [
        {
            "connector": touch.connector,
            "action": touch.action,
            "channel": touch.channel,
            "step": touch.step,
            "at": format_instant(touch.at),
            "status": touch.status,
        }
        for touch in conversion.trail
    ]
    return {
        "at": format_instant(conversion.at),
        "order_id": conversion.order_id,
        "value": conversion.value,
        "trail": trail,
    }


def _delivery(touch: Touch) -> View:
    return {
        "message_id": touch.message_id,
        "enrollment_id": touch.enrollment_id,
        "journey": touch.journey,
        "step": touch.step,
        "connector": touch.connector,
        "action": touch.action,
        "channel": touch.channel,
        "status": touch.status.value,
        "first_at": format_instant(touch.first_at),
        "at": format_instant(touch.at),
        "reason": touch.reason,
    }


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
