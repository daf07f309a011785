"""Traits: whoever is closest to the customer wins, then the latest word."""

from itertools import permutations

import pytest

from hub import traits
from hub.clock import HOUR
from hub.events import Event
from hub.traits import PARTIES, Traits
from tests.builders import NOW, a_profile, an_event, an_identify, rules_of


def heard(*told: tuple[Event, str]) -> Traits:
    """Of events with the party of their source."""
    kept: Traits = {}
    for event, party in told:
        traits.learn(kept, event.traits, event, party=party)
    return kept


def known(*told: tuple[Event, str]) -> Traits:
    """The same, in every order of arrival."""
    ends = [heard(*order) for order in permutations(told)]
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


@pytest.mark.parametrize("broken", ["undefined", "N/A", " NULL ", "000", "", 0])
@pytest.mark.parametrize("name", ["email", "phone"])
def test_an_address_that_is_nobodys_displaces_no_good_one(name: str, broken: object) -> None:
    good = (an_identify(NOW, traits={name: "anna@example.com"}), "first")
    bad = (an_identify(NOW + 1, message_id="later", traits={name: broken, "city": "undefined"}), "zero")

    assert traits.values(known(good, bad)) == {name: "anna@example.com", "city": "undefined"}


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


def test_past_the_limit_the_longest_names_are_let_go_whenever_they_came() -> None:
    names = ["plan", *(f"made_by_a_machine_{place}" for place in range(traits.MAX_TRAITS))]
    told = [(an_identify(NOW + place, traits={name: place}), "first") for place, name in enumerate(names)]

    in_order, backwards = heard(*told), heard(*reversed(told))

    assert in_order == backwards
    assert len(in_order) == traits.MAX_TRAITS
    assert "plan" in in_order
    assert names[-1] not in in_order


def test_values_that_lost_stay_with_who_said_them_and_when() -> None:
    told = known(
        (an_identify(NOW, source="shop", message_id="m1", traits={"city": "Brno"}), "first"),
        (an_identify(NOW + 1, source="shop", message_id="m2", traits={"city": "Praha"}), "first"),
        (an_identify(NOW + 2, source="broker", message_id="m3", traits={"city": "Praha"}), "third"),
    )

    assert [
        (one.value, one.party, one.source, one.at, one.message_id) for one in traits.history(told["city"])
    ] == [
        ("Praha", "first", "shop", NOW + 1, "m2"),
        ("Brno", "first", "shop", NOW, "m1"),
        ("Praha", "third", "broker", NOW + 2, "m3"),
    ]


def test_a_value_said_again_is_kept_once_with_the_latest_word() -> None:
    told = known(*((an_identify(NOW + place, traits={"city": "Brno"}), "first") for place in range(3)))

    assert [(one.value, one.at) for one in traits.history(told["city"])] == [("Brno", NOW + 2)]


def test_true_is_another_value_than_one() -> None:
    told = known(
        (an_identify(NOW, traits={"vip": 1}), "first"), (an_identify(NOW + 1, traits={"vip": True}), "first")
    )

    assert [type(one.value) for one in traits.history(told["vip"])] == [bool, int]


def test_of_one_trait_a_few_values_are_kept_the_strongest() -> None:
    told = heard(*((an_identify(NOW + place, traits={"city": f"c{place}"}), "first") for place in range(9)))

    assert [one.value for one in traits.history(told["city"])] == ["c8", "c7", "c6", "c5", "c4"]


def test_a_long_value_is_kept_only_while_it_counts() -> None:
    long = "x" * traits.LONGEST_DISPLACED
    told = known(
        (an_identify(NOW, traits={"note": "short"}), "first"),
        (an_identify(NOW + 1, traits={"note": long}), "first"),
    )
    later = known(
        (an_identify(NOW, traits={"note": long}), "first"),
        (an_identify(NOW + 1, traits={"note": "short"}), "first"),
    )

    assert [one.value for one in traits.history(told["note"])] == [long, "short"]
    assert [one.value for one in traits.history(later["note"])] == ["short"]


def test_her_device_tells_the_time_zone_unless_somebody_states_it() -> None:
    on_device = an_event(at=NOW + HOUR, context={"timezone": "America/New_York"})
    stated = an_identify(NOW, traits={"timezone": "Europe/Prague"})

    assert traits.values(a_profile(on_device).traits) == {"timezone": "America/New_York"}
    assert traits.values(a_profile(stated, on_device).traits) == {"timezone": "Europe/Prague"}
