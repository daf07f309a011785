"""What a condition asks for and what somebody lacks, in words."""

from typing import Any

import pytest

from hub.clock import DAY, HOUR, format_instant
from hub.condition_words import in_words
from hub.evaluators import explain
from hub.events import Event
from hub.evidence import Evidence
from hub.explaining import with_reasons
from hub.foresight import turns_at
from hub.strategy.conditions import read_condition
from tests.builders import NOW, a_line, a_profile, an_event, an_identify, an_order, rules_of

SPENT_SINCE = {"sum": "price", "of": "Product Viewed", "since": {"last": "Order Completed"}}
SPENT = {"sum": "revenue", "of": "Order Completed", "within": "90d", "more_than": 500}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"did": "page"}, "did page at least once"),
        (
            {"did": ["A", "B"], "where": {"price": {"more_than": 10, "less_than": 20}}, "exactly": 2},
            "did A or B where price more than 10 and less than 20 exactly 2 times",
        ),
        (
            {"did_not": "Order Completed", "since": {"last": "page"}},
            "did not Order Completed since the last page",
        ),
        (SPENT, "sum of revenue over Order Completed within 90d more than 500"),
        ({"trait": "country", "in": ["CZ", "SK"]}, "trait country in CZ or SK"),
        ({"trait": "birthday", "anniversary_within": "7d"}, "trait birthday anniversary within 7d"),
        ({"trait": "name", "exists": False}, "trait name is missing"),
        (
            {"cart": {"items": {"at_least": 1}, "contains": {"size": "XL"}}},
            "cart with items at least 1, a line where size is XL",
        ),
        ({"quiet_for": "30m"}, "quiet for 30m"),
        ({"in_segment": "vip"}, "in segment vip"),
        ({"consents_to": "email"}, "consents to email"),
    ],
)
def test_a_condition_is_said_in_words(condition: dict[str, Any], words: str) -> None:
    assert in_words(read_condition(condition)) == words


def reasons(condition: dict[str, Any], *events: Event, at: int = NOW) -> Evidence:
    rules = rules_of(segments={"other": {"did": "Never"}, "it": condition})
    profile = a_profile(*events, rules=rules, until=at)
    rule = next(one for one in rules.segments if one.name == "it")
    return with_reasons(read_condition(condition), explain(rule.evaluator, profile, at))


VIEW = an_event(at=NOW - DAY)


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        ({"did": "Product Viewed", "at_least": 3}, "has 1, needs 3"),
        ({"did": "Product Viewed", "exactly": 0}, "has more than 0"),
        ({"did": "page", "since": {"last": "Order Completed"}, "at_most": 1}, "Order Completed never"),
        ({"did": "Product Viewed", "since": {"last": "Order Completed"}}, "Order Completed never happened"),
        ({**SPENT_SINCE, "less_than": 500}, "Order Completed never happened, and only what comes after"),
        ({"did_not": "Product Viewed"}, "has 1, needs none"),
        (SPENT, "has 0.0, needs more than 500 (500 and more missing)"),
        ({"maximum": "price", "of": "Product Viewed", "at_least": 5}, "has no value, needs at least 5"),
        ({"trait": "country", "is": "CZ"}, "has no value, needs is CZ"),
        ({"cart": {"items": {"at_least": 1}}}, "items 0, needs at least 1"),
        ({"quiet_for": "2d"}, f"holds from {format_instant(NOW + DAY)} on"),
        ({"in_segment": "other"}, "is not in other"),
        ({"identified_by": "email"}, "no email is known of her"),
        ({"consents_to": "email"}, "never said yes"),
    ],
)
def test_who_is_out_is_told_what_she_lacks(condition: dict[str, Any], missing: str) -> None:
    told = reasons(condition, VIEW)

    assert told["holds"] is False
    assert missing in told["missing"]


@pytest.mark.parametrize(
    ("condition", "missing"),
    [
        ({"did": "Product Viewed"}, "has 1, which is as many as it must not be"),
        ({"trait": "country", "is": "CZ"}, "has CZ, must not be is CZ"),
        ({"quiet_for": "1h"}, "needs an event of her own"),
        ({"identified_by": "anonymous_id"}, "an anonymous_id is known of her"),
        ({"cart": {"items": {"at_least": 1}}}, "has 1 in the cart worth 10"),
    ],
)
def test_below_a_not_it_is_the_other_way_round(condition: dict[str, Any], missing: str) -> None:
    country = an_identify(NOW - DAY, traits={"country": "CZ"})

    told = reasons({"not": condition}, VIEW, country, a_line(NOW - DAY))

    assert (told["holds"], "missing" in told) == (False, False)
    assert missing in told["not"]["missing"]


def test_only_what_is_not_as_it_should_be_is_missing() -> None:
    told = reasons({"all": [{"did": "Product Viewed"}, {"any": [SPENT, {"did": "page"}]}]}, VIEW)

    viewed, either = told["all"]
    assert (told["asks"], either["asks"]) == ("all of", "any of")
    assert "missing" not in viewed
    assert ["missing" in part for part in either["any"]] == [True, True]


def test_the_events_and_values_behind_it_stay_beside_the_words() -> None:
    told = reasons(SPENT, an_order(NOW - DAY, 300), an_order(NOW - HOUR, 250))

    assert (told["holds"], told["value"]) == (True, 550)
    assert [one["value"] for one in told["events"]] == [300, 250]
    # Without the older order it is 250.
    assert told["until"] == format_instant(NOW + 89 * DAY)


FAN = {"did": "Product Viewed", "at_least": 2, "within": "7d"}


def test_it_is_foreseen_when_she_leaves_by_herself() -> None:
    rules = rules_of(segments={"fan": FAN, "other": {"quiet_for": "10d"}})
    profile = a_profile(an_event(at=NOW - 3 * DAY), an_event(at=NOW), rules=rules, until=NOW)

    assert turns_at(profile, "fan", rules) == NOW + 4 * DAY


def test_it_is_foreseen_when_she_enters_by_herself() -> None:
    rules = rules_of(
        segments={"fan": FAN, "gone": {"all": [{"quiet_for": "30d"}, {"not": {"in_segment": "fan"}}]}}
    )
    profile = a_profile(an_event(at=NOW), rules=rules, until=NOW)

    assert turns_at(profile, "gone", rules) == NOW + 30 * DAY


def test_what_time_alone_does_not_change_is_not_foreseen() -> None:
    rules = rules_of(segments={"fan": {"did": "Product Viewed"}})

    assert turns_at(a_profile(an_event(), rules=rules), "fan", rules) is None
