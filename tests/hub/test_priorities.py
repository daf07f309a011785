"""Priorities: while she is in a more important journey, a less important one leaves her in peace."""

from typing import Any

import pytest

from hub.clock import DAY
from hub.policy import No, Send
from hub.profiles import Profile
from tests.backtesting import Told
from tests.builders import NOW, a_journey, a_level, a_line, a_message, an_action, enrolled, rules_of
from tests.hub.test_policy import decided

RANKED = {"priorities": ["rescue", "recovery"]}


def customer_of(*journeys: str, **enrollment: Any) -> Profile:
    """In `recovery`, whose message it is, and in others."""
    profile = Profile("p_1")
    enrolled(profile)
    for journey in journeys:
        enrolled(profile, journey=journey, **enrollment)
    return profile


def test_a_less_important_journey_gives_way_and_says_to_which() -> None:
    assert decided(customer_of("rescue"), **RANKED) == No("priority: in rescue")


def test_a_more_important_journey_does_not_mind_a_less_important_one() -> None:
    assert isinstance(decided(customer_of("rescue"), priorities=["recovery", "rescue"]), Send)


def test_named_journeys_come_before_those_not_named() -> None:
    assert decided(customer_of("rescue"), priorities=["rescue"]) == No("priority: in rescue")
    assert isinstance(decided(customer_of("rescue"), priorities=["recovery"]), Send)


def test_journeys_not_named_do_not_give_way_to_each_other() -> None:
    assert isinstance(decided(customer_of("rescue"), priorities=["elsewhere"]), Send)


def test_the_most_important_of_several_is_the_reason() -> None:
    profile = customer_of("rescue", "alarm")

    assert decided(profile, priorities=["alarm", "rescue", "recovery"]) == No("priority: in alarm")


@pytest.mark.parametrize(
    "enrollment",
    [{"outcome": "goal", "closed_at": NOW}, {"arm": "holdout"}, {"entered_at": NOW - 5 * DAY}],
    ids=["over", "held out", "its time is up"],
)
def test_a_run_that_says_nothing_itself_keeps_nobody_silent(enrollment: dict[str, Any]) -> None:
    assert isinstance(decided(customer_of("rescue", **enrollment), **RANKED), Send)


@pytest.mark.parametrize(
    ("verb", "paid", "gives_way"),
    [("send", False, True), ("send", True, True), ("join", True, True), ("join", False, False),
     ("upsert", False, False), ("show", False, False), ("track", True, False)],
)  # fmt: skip
def test_only_what_addresses_her_or_is_paid_for_gives_way(verb: Any, *, paid: bool, gives_way: bool) -> None:
    answer = decided(customer_of("rescue"), a_message(verb=verb, target="x"), paid=paid, **RANKED)

    assert isinstance(answer, No) == gives_way


def test_who_is_held_out_of_the_less_important_one_is_no_exposure_while_it_gives_way() -> None:
    profile = Profile("p_1")
    enrolled(profile, arm="holdout")
    enrolled(profile, journey="rescue")

    assert decided(profile, **RANKED) == No("priority: in rescue")


def test_a_back_test_gives_way_too_until_the_more_important_journey_is_over() -> None:
    short = a_journey("rescue", ends_after="2h", steps=[{"after": "0s", "do": [an_action()]}])
    steps = [
        {"after": "0s", "do": [an_action(), a_level(paid=True), a_level("site", "show", verb="show")]},
        {"after": "3h", "do": [an_action()]},
    ]
    rules = rules_of(journeys=[a_journey(steps=steps), short], policy={"priorities": ["rescue"]})

    told = Told(rules, [a_line(NOW)], NOW + DAY)

    recovery = {
        (one.step, one.connector): (one.status, one.reason)
        for one in told.deliveries
        if one.journey == "recovery"
    }
    assert recovery == {
        (0, "mailer"): ("withheld", "priority: in rescue"),
        (0, "ads"): ("withheld", "priority: in rescue"),
        (0, "site"): ("on", ""),
        (1, "mailer"): ("sent", ""),
    }
