"""Feeds of a crowd (tests/crowds.py) absorbed into a store, and what is then known of each customer."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from hub import pipeline, profile_codec, timeline
from hub.absorbing import Fact
from hub.clock import DAY, Instant
from hub.events import Event
from hub.profiles import Profile, bucket_of
from hub.rules import Rules
from tests.builders import Written, rules_of
from tests.crowds import END, PARTIES, Batch, Feed, Told, Word
from tests.fakes import FakeProfiles

SEGMENTS: Mapping[str, Written] = {
    "buyer": {"did": "Order Completed"},
    "regular": {"did": ["Order Completed", "Order Updated"], "at_least": 2, "within": "7d"},
    "browser": {"did": "Product Viewed", "where": {"product_id": "tea"}, "exactly": 1},
    "stranger": {"did_not": "page", "within": "30d"},
    "big": {"sum": "revenue", "of": "Order Completed", "within": "90d", "more_than": 100},
    "mean": {"average": "revenue", "of": "Order Completed", "at_least": 20},
    "first_small": {"first": "revenue", "of": "Order Completed", "less_than": 40},
    "last_small": {"last": "price", "of": "Product Viewed", "less_than": 10},
    "cheapest": {"minimum": "price", "of": "Product Viewed", "at_most": 1},
    "again": {"did": "Product Viewed", "since": {"last": "Order Completed"}},
    "filled": {"cart": {"items": {"at_least": 2}, "value": {"more_than": 5}}},
    "reachable": {"identified_by": "email"},
    "agreed": {"consents_to": "email"},
    "neither": {"not": {"any": [{"in_segment": "buyer"}, {"in_segment": "filled"}]}},
    "quiet": {"quiet_for": "25d"},
}
POLICY = {
    "sources": {name: {"party": party} for name, party in PARTIES.items()},
    # Who is quarantined hangs on who was known when: no promise of an order is made there.
    "identifiers": {"burst": {"profiles": 50, "within": "1h"}},
}


def crowd_rules() -> Rules:
    return rules_of(segments=SEGMENTS, policy=POLICY)


def absorbed(feed: Feed, rules: Rules) -> FakeProfiles:
    """A store that was given all of it; words of messages to somebody unknown come when she is known."""
    store = FakeProfiles()
    early: list[Word] = []
    for batch, now in zip(feed.batches, feed.times, strict=True):
        facts = list(_addressed((*batch, *early), store))
        early = [one for one in (*batch, *early) if isinstance(one, Word) and not store.find([one.to])]
        _absorb(facts, store, rules, now)
    _absorb(list(_addressed(early, store)), store, rules, END)
    return store


def _absorb(facts: list[Fact], store: Any, rules: Rules, now: Instant) -> None:
    for group in pipeline.group(facts, rules.identifiers):
        pipeline.absorb(group, store, rules, now)


def _addressed(told: Batch | list[Word], store: FakeProfiles) -> Iterable[Fact]:
    for one in told:
        if isinstance(one, Event):
            yield one
        elif found := store.find([one.to]):
            # To the profile as it was when the message was planned: it may be another's by now.
            yield one.delivery.model_copy(update={"profile_id": found[one.to]})


def customers(store: Any) -> list[Profile]:
    """Those who are still themselves."""
    return list(store.scan())


def essence(profile: Profile) -> bytes:
    """All that is stored of a customer but what hangs on when the hub heard of what: the ids under which it
    knew her, and when time was applied."""
    same = replace(
        profile,
        profile_id="",
        version=0,
        merged=frozenset(),
        memberships=dict.fromkeys(profile.memberships, 0),
        settled_at=0,
        tick_at=None,
        ring={},
    )
    return profile_codec.encode(same)


def essences(store: Any, rules: Rules, at: Instant) -> list[tuple[bytes, list[str], str]]:
    """Of every customer as she stands at an instant, with the messages she is known by and her bucket."""
    found = customers(store)
    for one in found:
        timeline.settle(one, at, rules)
    return sorted((essence(one), sorted(one.ring), bucket_of(one)) for one in found)


def later(told: Iterable[Told]) -> Instant:
    """When to look: after everything that happened."""
    return max((END, *(one.at for one in told if isinstance(one, Event)))) + DAY
