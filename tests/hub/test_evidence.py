"""What is shown of why a rule holds: enough for a person, and never more than a table can bear."""

import json
from typing import Any

import pytest
from hypothesis import given

from hub.clock import HOUR, MINUTE
from hub.evaluators import explain
from hub.evidence import LARGEST, LONGEST, MOST, brief, fitted
from hub.explaining import with_reasons
from hub.profiles import Profile
from hub.reactions import Enter, reactions
from hub.rules import Rules
from hub.strategy.conditions import read_condition
from tests.builders import ABANDONER, NOW, Written, a_line, a_profile, an_identify, an_order, rules_of
from tests.condition_strategies import written_conditions
from tests.stories import stories

ESSAY = "\U0001f600" * 7_000
"""Near to what a message holds; 84 KB as JSON spells it, a few bytes deflated."""


def size(evidence: object) -> int:
    return len(json.dumps(evidence))


def explained(profile: Profile, rules: Rules) -> dict[str, Any]:
    return explain(rules.segments[0].evaluator, profile, profile.settled_at)


def asking(when: Written) -> Rules:
    return rules_of(segments={"asked": when})


# ---- values


@pytest.mark.parametrize("value", [None, True, 12.5, "tea", "x" * LONGEST, ["tea", 2], {"a": 1}])
def test_a_value_as_long_as_values_are_is_shown_as_it_is(value: object) -> None:
    assert brief(value) == value


def test_a_longer_value_is_shown_by_its_beginning_and_its_length() -> None:
    assert brief("x" * 30_000) == "x" * LONGEST + "… (cut, 30000 characters)"


def test_a_long_list_is_shown_as_the_beginning_of_its_text_however_it_was_written() -> None:
    one, other = ({"b": "x" * 200, "a": 1}, {"a": 1, "b": "x" * 200})

    assert brief(one) == brief(other)
    assert brief(one).startswith('{"a": 1, "b": "xxx')


@pytest.mark.parametrize("kind", ["first", "last"])
def test_of_a_property_that_is_an_essay_the_beginning_is_shown(kind: str) -> None:
    rules = asking({kind: "coupon", "of": "Order Completed", "within": "30d", "exists": True})
    profile = a_profile(*(an_order(NOW + n, coupon=ESSAY) for n in range(20)), rules=rules)

    evidence = explained(profile, rules)

    assert evidence["value"] == brief(ESSAY)
    assert {one["value"] for one in evidence["events"]} == {brief(ESSAY)}


def test_of_a_trait_that_is_an_essay_the_beginning_is_shown() -> None:
    rules = asking({"trait": "note", "exists": True})

    evidence = explained(a_profile(an_identify(NOW, traits={"note": ESSAY}), rules=rules), rules)

    assert evidence["value"] == brief(ESSAY)


def test_what_is_missing_is_told_of_a_value_that_is_cut() -> None:
    condition = {"trait": "note", "is": "tea"}
    rules = asking(condition)
    evidence = explained(a_profile(an_identify(NOW, traits={"note": "x" * 30_000}), rules=rules), rules)

    told = with_reasons(read_condition(condition), evidence)

    assert told["missing"] == f"has {'x' * LONGEST}… (cut, 30000 characters), needs is tea"


# ---- the lines of a cart


def test_of_a_full_cart_the_newest_lines_are_shown_and_the_others_counted() -> None:
    rules = asking({"cart": {"items": {"at_least": 1}}})
    profile = a_profile(*(a_line(NOW + n, f"p{n}") for n in range(MOST + 5)), rules=rules)

    cart = explained(profile, rules)["cart"]

    assert (cart["items"], cart["more_lines"]) == (MOST + 5, 5)
    assert [line["product_id"] for line in cart["lines"]] == [f"p{n}" for n in range(5, MOST + 5)]


def test_a_line_that_a_rule_asks_for_is_shown_however_old_it_is() -> None:
    rules = asking({"cart": {"contains": {"product_id": "tea"}}})
    lines = [a_line(NOW), *(a_line(NOW + 1 + n, f"p{n}") for n in range(MOST + 5))]

    cart = explained(a_profile(*lines, rules=rules), rules)["cart"]

    assert "tea" in [line["product_id"] for line in cart["lines"]]


def test_a_small_cart_is_shown_whole() -> None:
    rules = asking({"cart": {"items": {"at_least": 1}}})

    cart = explained(a_profile(a_line(NOW), rules=rules), rules)["cart"]

    assert cart == {
        "items": 1,
        "value": 10,
        "lines": [{"product_id": "tea", "price": 10, "quantity": 1}],
    }


# ---- the whole


def test_evidence_of_an_ordinary_size_is_kept_as_it_is() -> None:
    rules = rules_of()
    told = explained(a_profile(a_line(NOW), until=NOW + HOUR), rules)

    assert fitted(told) == told


def test_evidence_that_is_too_much_shows_fewer_single_things_and_says_so() -> None:
    events = [{"at": "2026-11-21T10:00:00Z", "message": f"{n:012}", "value": "ä" * 90} for n in range(10)]
    whole = {"holds": True, "any": [{"holds": True, "counted": 10, "events": events}] * 2}

    kept = fitted(whole)

    assert size(kept) <= LARGEST
    assert kept["cut"].startswith("the newest 2 ")
    assert [part["events"] for part in kept["any"]] == [events[-2:]] * 2
    assert [part["counted"] for part in kept["any"]] == [10, 10]


def test_evidence_of_very_many_parts_comes_down_to_the_answer() -> None:
    parts = [{"holds": True, "trait": f"t{n}", "value": "x" * 90} for n in range(100)]
    whole = {"holds": True, "until": "2026-11-21T10:00:00Z", "all": parts}

    assert fitted(whole) == {
        "holds": True,
        "until": "2026-11-21T10:00:00Z",
        "cut": "the answer alone: the rule has too many parts to keep what each found",
    }


@given(written_conditions(depth=2), stories(most=8))
def test_no_membership_carries_more_than_it_may(condition: Written, story: list[Any]) -> None:
    alone = rules_of(
        segments={"probed": condition, "vip": {"did": "Order Completed"}, "tea_drinker": {"quiet_for": "4h"}}
    )
    profile = a_profile(*story, rules=alone)

    for one in reactions(None, profile, alone, merged=False):
        if isinstance(one, Enter):
            assert size(one.evidence) <= LARGEST
            assert one.evidence["holds"] is True


def test_a_cart_of_essays_is_told_within_bounds() -> None:
    """As anybody may fill one who reads the write key off the page."""
    lines = [a_line(NOW + n, f"p{n}", brand=ESSAY, url=ESSAY, cart_id=ESSAY) for n in range(15)]
    rules = rules_of(segments={"abandoner": ABANDONER})

    profile = a_profile(*lines, rules=rules, until=NOW + 40 * MINUTE)

    [enter] = (one for one in reactions(None, profile, rules, merged=False) if isinstance(one, Enter))

    assert size(enter.evidence) <= LARGEST
    assert "cut" in enter.evidence
    [cart, _] = enter.evidence["all"]
    assert (cart["cart"]["items"], cart["cart"]["value"]) == (15, 150)
