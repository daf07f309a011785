"""Everything known of a customer, as plain values that JSON can hold. Times are ISO 8601 UTC."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hub import attribution, documents, orders, traits
from hub.attribution import Attribution
from hub.clock import Instant, format_instant
from hub.enrollments import Conversion, Enrollment, TrailTouch
from hub.identities import Identifier
from hub.leads import Lead
from hub.merges import Merge
from hub.profiles import Profile
from hub.touches import Touch

View = dict[str, Any]


def view(profile: Profile, because: Mapping[str, Any], steps: Mapping[str, int]) -> View:
    """`because`: segment -> evidence. `steps`: enrollment -> the step it is at."""
    return {
        "profile_id": profile.profile_id,
        "identities": identities(profile, {}),
        "traits": traits.values(profile.traits),
        "orders": _orders(profile),
        "cart": documents.cart(profile),
        "segments": {
            name: {"since": format_instant(since), "because": because.get(name)}
            for name, since in sorted(profile.memberships.items())
        },
        "enrollments": [_enrollment(one, profile, steps) for one in _by_entry(profile)],
        "deliveries": [
            _delivery(touch) for touch in sorted(profile.touches.values(), key=lambda one: one.first_at)
        ],
        "attribution": [_attribution(one) for one in attribution.records(profile.conversions)],
        "consent": {
            purpose: {"given": consent.given, "at": format_instant(consent.at)}
            for purpose, consent in sorted(profile.consents.items())
        },
    }


def history(profile: Profile) -> View:
    """Trait -> every value that is kept of it, the one that counts first."""
    return {
        name: [
            {
                "value": one.value,
                "party": one.party,
                "source": one.source,
                "at": format_instant(one.at),
                "message_id": one.message_id,
            }
            for one in traits.history(trait)
        ]
        for name, trait in sorted(profile.traits.items())
    }


def _orders(profile: Profile) -> View:
    totals = orders.totals(profile.orders)
    return {**asdict(totals), "first_at": _time(totals.first_at), "last_at": _time(totals.last_at)}


def merges(found: Iterable[Merge | None]) -> list[View]:
    """Who became part of her, and what linked them; each can be undone."""
    return [
        {
            "profile_id": one.loser.profile_id,
            "at": format_instant(one.at),
            "because": list(one.because),
        }
        for one in found
        if one is not None
    ]


def identities(profile: Profile, leads: Mapping[Identifier, Lead]) -> list[View]:
    """What she was seen with, and since when it is quarantined, as far as `leads` tells."""
    return [
        {
            "type": one[0],
            "value": one[1],
            "first_seen": format_instant(first),
            "last_seen": format_instant(last),
            "quarantined_at": _time(leads[one].quarantined_at) if one in leads else None,
        }
        for one, (first, last) in sorted(profile.identifiers.items())
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
        "conversion": _conversion(converted, attribution.records(profile.conversions)) if converted else None,
    }


def _conversion(conversion: Conversion, records: Sequence[Attribution]) -> View:
    trail = next((one.trail for one in records if one.order == conversion.order), ())
    return {
        "at": format_instant(conversion.at),
        "order_id": conversion.order_id,
        "value": conversion.value,
        "trail": [_trail_touch(touch) for touch in trail],
    }


def _attribution(record: Attribution) -> View:
    """An order, with what each touch earned of it by each model."""
    shares = attribution.shares(record.trail)
    earned = [
        {name: round(share[place], 4) for name, share in shares.items()} for place in range(len(record.trail))
    ]
    return {
        "order_id": record.order_id,
        "at": format_instant(record.at),
        "value": record.value,
        "journeys": list(record.journeys),
        "trail": [
            {**_trail_touch(touch), "credit": credit}
            for touch, credit in zip(record.trail, earned, strict=True)
        ],
    }


def _trail_touch(touch: TrailTouch) -> View:
    return {
        "connector": touch.connector,
        "action": touch.action,
        "channel": touch.channel,
        "paid": touch.paid,
        "journey": touch.journey,
        "step": touch.step,
        "variant": touch.variant or None,
        "at": format_instant(touch.at),
        "status": touch.status,
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
        "variant": touch.variant or None,
        "status": touch.status.value,
        "first_at": format_instant(touch.first_at),
        "at": format_instant(touch.at),
        "reason": touch.reason,
    }


def _time(instant: Instant | None) -> str | None:
    return None if instant is None else format_instant(instant)
