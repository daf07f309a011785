"""Traits: whoever is closest to the customer wins, then the latest word."""

from itertools import permutations

from hub import traits
from hub.clock import HOUR
from hub.events import Event
from hub.traits import PARTIES, Traits
from tests.builders import NOW, a_profile, an_event, an_identify, rules_of


def known(*told: tuple[Event, str]) -> Traits:
    """Of events with the party of their source."""
    ends = []
    for order in permutations(told):
        kept: Traits = {}
        for event, party in order:
            traits.learn(kept, event.traits, event, party=party)
        ends.append(kept)
    assert all(end == ends[0] for end in ends)
    return ends[0]


def test_what_the_customer_declares_wins_over_what_others_say_later() -> None:
    told = [
        (an_identify(NOW - place * HOUR, traits={"city": party}), party)
        for place, party in enumerate(PARTIES)
    ]

    assert traits.values(known(*told)) == {"city": "zero"}


def test_of_one_party_the_latest_word_counts_and_at_one_instant_the_larger_message_id() -> None:
    def say(value: str, at: int, message_id: str) -> tuple[Event, str]:
        return an_identify(at, message_id=message_id, traits={"city": value}), "first"

    assert traits.values(known(say("Brno", NOW, "b"), say("Praha", NOW + 1, "a"))) == {"city": "Praha"}
    assert traits.values(known(say("Brno", NOW, "b"), say("Praha", NOW, "a"))) == {"city": "Brno"}


def test_two_sources_that_use_the_same_message_id_at_once_are_settled_as_well() -> None:
    told = [(an_identify(source=source, traits={"city": source}), "first") for source in ("app", "web")]

    assert traits.values(known(*told)) == {"city": "web"}


def test_null_becomes_the_value_and_shows_as_none() -> None:
    told = known(
        (an_identify(NOW, traits={"city": "Brno"}), "first"),
        (an_identify(NOW + 1, traits={"city": None}), "first"),
    )

    assert told["city"].value is None
    assert traits.values(told) == {}


def test_who_said_it_and_when_is_kept() -> None:
    rules = rules_of(policy={"sources": {"crm": {"party": "second"}}})

    profile = a_profile(an_identify(traits={"city": "Brno"}, source="crm", message_id="m1"), rules=rules)

    city = profile.traits["city"]
    assert (city.value, city.party, city.at, city.message_id, city.source) == (
        "Brno",
        "second",
        NOW,
        "m1",
        "crm",
    )


def test_past_the_limit_the_traits_heard_of_longest_ago_are_let_go() -> None:
    kept: Traits = {}
    for place in range(traits.MAX_TRAITS + 5):
        event = an_identify(NOW + place, traits={f"t{place}": place})
        traits.learn(kept, event.traits, event, party="first")

    assert len(kept) == traits.MAX_TRAITS
    assert "t4" not in kept
    assert "t5" in kept


def test_her_device_tells_the_time_zone_unless_somebody_states_it() -> None:
    on_device = an_event(at=NOW + HOUR, context={"timezone": "America/New_York"})
    stated = an_identify(NOW, traits={"timezone": "Europe/Prague"})

    assert traits.values(a_profile(on_device).traits) == {"timezone": "America/New_York"}
    assert traits.values(a_profile(stated, on_device).traits) == {"timezone": "Europe/Prague"}
