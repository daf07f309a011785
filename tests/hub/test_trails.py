"""What led to an order: the same whenever its outcomes are heard of, and nothing from long before."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import attribution, pipeline, profiles
from hub.absorbing import Fact
from hub.clock import DAY, HOUR, MINUTE
from hub.deliveries import Delivery
from hub.profiles import Profile
from hub.rules import Rules
from tests.builders import NOW, a_delivery, a_journey, a_line, a_profile, an_order, go_on, rules_of
from tests.fakes import FakeProfiles

BOUGHT = NOW + 3 * HOUR


def rules_with(**policy: Any) -> Rules:
    entry = {"segment": "abandoner", "key": "cart.cart_id"}
    return rules_of(journeys=[a_journey(entry=entry)], policy=policy)


RULES = rules_with()


def a_word(message_id: str, status: str, at: int, **fields: Any) -> Delivery:
    return a_delivery(message_id=message_id, status=status, at=at, **fields)


WORDS = (
    a_word("mail", "sent", NOW + HOUR),
    a_word("mail", "opened", NOW + 2 * HOUR),
    a_word("mail", "clicked", NOW + 4 * HOUR),
    a_word("advert", "on", NOW + 2 * HOUR, connector="ads", action="join"),
    a_word("advert", "off", BOUGHT + MINUTE, connector="ads", action="join"),
    a_word("bounced", "sent", NOW + HOUR + 1, connector="other"),
    a_word("bounced", "bounced", NOW + HOUR + 2, connector="other"),
    a_word("thanks", "sent", BOUGHT + 1),
    a_word("place", "queued", NOW + HOUR),
)


def told(profile: Profile) -> list[tuple[str, str, int]]:
    [record] = attribution.records(profile.conversions)
    return [(one.connector, one.status, one.at) for one in record.trail]


def absorbed(batches: Sequence[Sequence[Fact]]) -> Profile:
    store = FakeProfiles()
    customer = a_profile(a_line(), rules=RULES, until=NOW + HOUR)
    store.put(customer)
    (identifier,) = customer.identifiers
    store.claim(identifier, customer.profile_id)
    for batch in batches:
        mine = [
            one.model_copy(update={"profile_id": customer.profile_id}) if isinstance(one, Delivery) else one
            for one in batch
        ]
        for facts in pipeline.group(mine, RULES.identifiers):
            pipeline.absorb(facts, store, RULES, BOUGHT + HOUR)
    (found,) = store.scan()
    return found


@given(st.permutations([*WORDS, an_order(BOUGHT, order_id="o-1")]), st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_the_trail_is_the_same_in_any_order_of_arrival_and_any_batching(facts: list[Fact], size: int) -> None:
    batches = [facts[place : place + size] for place in range(0, len(facts), size)]

    assert told(absorbed(batches)) == [("mailer", "clicked", NOW + HOUR), ("ads", "on", NOW + 2 * HOUR)]


def customer_told(rules: Rules, *words: Delivery) -> Profile:
    profile = a_profile(a_line(), rules=rules, until=NOW + HOUR)
    for word in words:
        profiles.note(profile, word, rules.policy)
    return profile


@pytest.mark.parametrize(("before", "counts"), [(30 * DAY, False), (30 * DAY - 1, True)])
def test_what_reached_her_a_month_before_has_no_part_in_an_order(before: int, *, counts: bool) -> None:
    profile = customer_told(RULES, a_word("mail", "sent", BOUGHT - before))

    go_on(profile, RULES, an_order(BOUGHT), until=BOUGHT)

    assert len(told(profile)) == counts


def test_how_far_back_it_looks_is_the_policys_to_say() -> None:
    rules = rules_with(look_back="1h")
    profile = customer_told(rules, a_word("one", "sent", BOUGHT - HOUR), a_word("two", "sent", BOUGHT - 1))

    go_on(profile, rules, an_order(BOUGHT), until=BOUGHT)

    assert told(profile) == [("mailer", "sent", BOUGHT - 1)]


def test_a_touch_has_its_part_in_each_order_that_it_led_to() -> None:
    profile = customer_told(RULES, a_word("mail", "sent", NOW + HOUR))
    go_on(profile, RULES, an_order(BOUGHT, order_id="o-1"), until=BOUGHT)
    go_on(profile, RULES, a_line(BOUGHT + HOUR, cart_id="c2"), until=BOUGHT + 2 * HOUR)
    go_on(profile, RULES, an_order(BOUGHT + 3 * HOUR, order_id="o-2"), until=BOUGHT + 3 * HOUR)

    assert [len(one.trail) for one in attribution.records(profile.conversions)] == [1, 1]


def test_what_was_let_go_of_since_stays_in_the_trail_it_has() -> None:
    profile = customer_told(RULES, a_word("mail", "sent", NOW + HOUR))
    go_on(profile, RULES, an_order(BOUGHT), until=BOUGHT)
    for place in range(200):
        profiles.note(profile, a_word(f"since {place}", "sent", BOUGHT + 1 + place), RULES.policy)
    profiles.note(profile, a_word("late", "sent", BOUGHT - 1, connector="other"), RULES.policy)

    assert "mail" not in profile.touches
    assert told(profile) == [("mailer", "sent", NOW + HOUR)]


def test_two_who_turn_out_to_be_one_share_what_led_to_her_order() -> None:
    buyer = customer_told(RULES, a_word("mail", "sent", NOW + HOUR))
    go_on(buyer, RULES, an_order(BOUGHT), until=BOUGHT)
    reader = Profile("p_2")
    profiles.note(reader, a_word("text", "sent", NOW + 2 * HOUR, connector="texter"), RULES.policy)

    for one, other in ((buyer, reader), (reader, buyer)):
        joined = profiles.join(one, other, RULES)

        assert told(joined) == [("mailer", "sent", NOW + HOUR), ("texter", "sent", NOW + 2 * HOUR)]
