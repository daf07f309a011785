"""Two back-fills at once: a deployment starts one without looking whether another is under way."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from typing import Any

import pytest

from backfill_segments import backfill
from hub.backfill_steps import Backfill
from hub.recalling import memory_of
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from tests.functions.lambdas import Lambdas

VIEWER = {"name": "viewer", "when": {"did": "Product Viewed", "within": "7d"}}
BUYER = {"name": "buyer", "when": {"did": "Order Completed", "within": "90d"}}
STEP = {"after": "0s", "only_if": {"did_not": "page", "within": "30d"}, "do": [{"site.show": {"slot": "a"}}]}
ASKING = {
    "name": "asking",
    "entry": {"segment": "viewer"},
    "goal": {"did": "Product Viewed"},
    "ends_after": "3d",
    "steps": [STEP],
}


def rules(*segments: dict[str, Any], **more: Any) -> Rules:
    return Rules(Strategy.model_validate({"segments": list(segments), **more}))


STRATEGIES = {
    "all": rules(VIEWER, BUYER, journeys=[ASKING]),
    "no buyer": rules(VIEWER, journeys=[ASKING]),
    "no journey": rules(VIEWER, BUYER),
    "another buyer": rules(VIEWER, {**BUYER, "when": {"did": "Order Completed", "within": "9d"}}),
}


@dataclass
class Hub:
    """What is true of its profiles, beside what its tables say."""

    make: Callable[[Rules], Backfill]
    live: Rules = field(default_factory=lambda: STRATEGIES["all"])
    held: dict[str, str] = field(default_factory=dict)
    """Segment -> the version by which everybody was held against it; "" once it is no more."""
    remembered: set[str] = field(default_factory=set)
    disturbed: set[str] = field(default_factory=set)
    """Runs that saw a deployment before they ended."""
    plans: dict[str, Any] = field(default_factory=dict)

    def deploy(self, rules: Rules) -> None:
        self.live = rules
        self.remembered &= {spec.key for spec in rules.specs}
        self.held = {
            name: version for name, version in self.held.items() if rules.versions.get(name) == version
        }
        self.disturbed |= self.plans.keys()

    def begin(self, run: str, *asked: str) -> None:
        self.plans[run] = self.make(self.live).begin(run, asked)

    def end(self, run: str) -> None:
        """The machine's way, had it read and scanned all; what it did is true unless it was disturbed."""
        plan = self.plans[run]
        if not plan["changed"]:
            return
        if run not in self.disturbed:
            self.remembered |= {spec.key for spec in self.live.specs}
            self.held |= self.live.versions
        self.make(self.live).end(run, plan["todo"])

    def check(self) -> None:
        """Never is more told than is true; less may be, and is then done again."""
        definitions = self.make(self.live).definitions
        told = {one.name: one.version for one in definitions.all().values() if one.filled_at is not None}
        assert told.items() <= self.held.items()
        assert (definitions.memory() or {}).keys() <= self.remembered


@pytest.fixture
def hub(lambdas: Lambdas) -> Hub:
    assert lambdas
    hub = Hub(lambda rules: replace(backfill(), rules=rules))
    hub.remembered = {spec.key for spec in hub.live.specs}
    hub.begin("first")
    hub.end("first")
    hub.check()
    return hub


WAYS = sorted(
    way
    for way in permutations(("begin 1", "begin 2", "end 1", "end 2"))
    if way.index("begin 1") < min(way.index("end 1"), way.index("begin 2"))
    and way.index("begin 2") < way.index("end 2")
)


def test_there_are_three_ways_in_which_two_runs_can_meet() -> None:
    assert len(WAYS) == 3


@pytest.mark.parametrize("way", WAYS, ids=", ".join)
def test_however_two_runs_meet_no_more_is_told_of_profiles_than_is_true(
    hub: Hub, way: tuple[str, ...]
) -> None:
    """Each deployment starts one; a machine may do any step twice."""
    for number, pair in enumerate(product(STRATEGIES, STRATEGIES)):
        for step in way:
            what, which = step.split()
            run = f"{number}-{which}"
            if what == "begin":
                hub.deploy(STRATEGIES[pair[int(which) - 1]])
            for _ in range(2):
                (hub.begin if what == "begin" else hub.end)(run)
                hub.check()

        hub.begin(f"{number}-last")
        hub.end(f"{number}-last")

        hub.check()
        definitions = hub.make(hub.live).definitions
        assert {name for kind, name in definitions.all() if kind == "segment"} == hub.live.segment_names
        assert definitions.memory() == memory_of(hub.live.specs), pair


def test_a_segment_that_comes_back_while_its_members_are_let_go_is_filled_again(hub: Hub) -> None:
    hub.deploy(STRATEGIES["no buyer"])
    hub.begin("cut")
    hub.deploy(STRATEGIES["all"])
    hub.begin("back")

    hub.end("back")
    hub.end("cut")

    definitions = hub.make(hub.live).definitions
    assert ["segment", "buyer"] in [one[:2] for one in hub.plans["back"]["todo"]]
    assert definitions.all()["segment", "buyer"].filled_at is not None


def test_a_segment_that_is_gone_is_no_longer_among_the_live_ones_though_it_may_have_members(hub: Hub) -> None:
    before = hub.make(hub.live).definitions.all()["segment", "buyer"]
    hub.deploy(STRATEGIES["no buyer"])

    hub.begin("cut")

    definitions = hub.make(hub.live).definitions
    assert ("segment", "buyer") not in definitions.all()
    assert definitions.known()["segment", "buyer"].former[0] == (before.version, before.since)
    hub.deploy(STRATEGIES["all"])
    hub.begin("back")
    assert definitions.all()["segment", "buyer"].former[0] == (before.version, before.since)


def test_a_segment_that_comes_back_as_a_run_ends_is_not_forgotten_by_it(hub: Hub) -> None:
    """It was the last to begin when it looked, and no longer is when it writes."""
    hub.deploy(STRATEGIES["no buyer"])
    hub.begin("cut")
    hub.deploy(STRATEGIES["all"])
    hub.begin("back")
    definitions = hub.make(hub.live).definitions

    definitions.forget_gone(("segment", "buyer"))
    definitions.fill(("segment", "buyer"), "an older version", 1)

    assert definitions.all()["segment", "buyer"].filled_at is None


def test_a_run_that_ends_after_a_later_one_does_not_say_its_older_plan(hub: Hub) -> None:
    hub.begin("by hand", "viewer")
    hub.deploy(STRATEGIES["no buyer"])
    hub.begin("cut")
    hub.end("cut")

    hub.end("by hand")

    hub.deploy(STRATEGIES["all"])
    hub.begin("back")
    run, _ = hub.make(hub.live).progress.read()
    assert run is not None
    assert run.recalled == ("Order Completed",)


def test_a_run_by_hand_while_nothing_changes_is_shown_to_its_end(hub: Hub) -> None:
    hub.begin("by hand", "viewer")
    hub.begin("nothing changed")

    hub.end("by hand")

    run, _ = hub.make(hub.live).progress.read()
    assert run is not None
    assert (run.run, run.ended_at is not None) == ("by hand", True)
