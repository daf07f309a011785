"""Versions of segments: when a rule is another one, and when it only reads differently."""

from dataclasses import replace
from typing import Any

from hub.definitions import (
    GONE,
    KEPT_FORMER,
    Definition,
    retired,
    succeed,
    successors,
    unfilled,
    versions,
    wanted,
)
from hub.strategy.strategy import Strategy
from tests.builders import NOW, a_journey, a_segment


def strategy(*journeys: dict[str, Any], **segments: dict[str, Any]) -> Strategy:
    written = [a_segment(name, when) for name, when in segments.items()]
    return Strategy.model_validate({"segments": written, "journeys": list(journeys)})


BUYER, FAN = {"did": "Order Completed"}, {"did": "Product Viewed", "within": "7d"}


def version(name: str, **segments: dict[str, Any]) -> str:
    return versions(strategy(**segments).segments)[name]


def test_the_same_rule_is_the_same_version_however_it_is_written() -> None:
    assert version("fan", fan=FAN) == version("fan", fan={**FAN, "within": "P7D"})
    assert version("fan", fan=FAN) == version("fan", fan=FAN, buyer=BUYER)


def test_another_rule_is_another_version() -> None:
    assert version("fan", fan=FAN) != version("fan", fan={**FAN, "within": "8d"})


def test_a_segment_is_another_one_when_one_it_looks_at_is() -> None:
    both = {"all": [{"in_segment": "fan"}, {"in_segment": "buyer"}]}

    before = version("both", both=both, fan=FAN, buyer=BUYER)

    assert version("both", both=both, fan={**FAN, "at_least": 2}, buyer=BUYER) != before


def test_a_new_version_has_the_old_ones_behind_it_and_no_more_than_ten() -> None:
    known: Definition | None = None
    for number in range(KEPT_FORMER + 3):
        new = Definition(kind="segment", name="fan", version=f"v{number}", since=number)
        known = succeed(known, new)

    assert known is not None
    assert (known.version, known.since, known.filled_at) == ("v12", 12, None)
    assert known.former[0] == ("v11", 11)
    assert len(known.former) == KEPT_FORMER


def test_the_same_version_stays_what_it_was_but_for_its_description() -> None:
    known = Definition(kind="segment", name="fan", version="v1", since=1, filled_at=2, description="old")

    assert succeed(known, replace(known, since=9, filled_at=None, description="new")) == replace(
        known, description="new"
    )


def test_what_is_gone_is_filled_under_no_version_and_comes_back_with_those_it_had() -> None:
    known = Definition(kind="segment", name="fan", version="v1", since=1, filled_at=2)

    gone = retired(known, 5)
    back = succeed(gone, replace(known, since=9, filled_at=None))

    assert (gone.version, gone.filled_at, gone.former) == (GONE, None, (("v1", 1),))
    assert (back.version, back.filled_at, back.former) == ("v1", None, (("v1", 1),))
    assert retired(gone, 7) == gone


def test_only_what_stands_there_otherwise_is_written_down() -> None:
    new = wanted(strategy(fan=FAN, buyer=BUYER), NOW)
    known = {key: replace(one, filled_at=NOW) for key, one in new.items() if key[1] != "buyer"}
    known["segment", "gone"] = replace(known["segment", "fan"], name="gone")
    known["journey", "welcome"] = Definition(kind="journey", name="welcome", version="v1", since=1)

    found = successors(known, new, NOW)

    assert {one.name: one.version for one in found} == {
        "buyer": new["segment", "buyer"].version,
        "gone": GONE,
        "welcome": GONE,
    }
    assert successors(known | {one.key: one for one in found}, new, NOW + 1) == []


def test_what_is_new_changed_unfinished_or_gone_is_to_be_filled() -> None:
    new = wanted(strategy(fan=FAN, buyer=BUYER, fresh=BUYER, same=FAN), NOW)
    known = {key: replace(one, filled_at=NOW) for key, one in new.items() if key[1] != "fresh"}
    known["segment", "fan"] = replace(known["segment", "fan"], version="older")
    known["segment", "buyer"] = replace(known["segment", "buyer"], filled_at=None)
    known["segment", "gone"] = replace(known["segment", "same"], name="gone")

    assert [name for _, name in unfilled(known, new)] == ["buyer", "fan", "fresh", "gone"]


def test_a_new_journey_is_to_be_filled_only_if_it_takes_members_in_and_one_that_is_gone_always() -> None:
    includes = a_journey("welcome", entry={"segment": "fan", "include_members": True})
    plain = a_journey("later", entry={"segment": "fan"})

    new = wanted(strategy(includes, plain, fan=FAN), NOW)
    filled = {key: replace(one, filled_at=NOW) for key, one in new.items()}
    later = {("journey", "later"): new["journey", "later"]}

    assert unfilled({}, new) == [("journey", "welcome"), ("segment", "fan")]
    assert unfilled(later | {("segment", "fan"): filled["segment", "fan"]}, new) == [("journey", "welcome")]
    assert unfilled(later, {}) == [("journey", "later")]
