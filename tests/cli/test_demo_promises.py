"""The demo's promises: kept by a perfect run, and each broken by what it speaks against."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cli.demo.acts import Does, Unsubscribes, Withdraws
from cli.demo.evidence import Evidence
from cli.demo.promises import PROMISES, judge
from cli.demo.refusals import left_alone_after_withdrawing
from cli.demo.tolerances import LATE, OFF_WITHIN
from cli.demo.watch import Seen
from tests.cli.perfect_demo import BY_NAME, CAST, END, OPENING, no_consent, perfect, real, seen


def broken_by(change: Callable[[Evidence], Evidence]) -> set[str]:
    checks = {promise: check.__name__ for promise, check in PROMISES.items()}
    return {checks[verdict.promise] for verdict in judge(change(perfect())) if not verdict.kept}


def also(*more: Seen) -> Callable[[Evidence], Evidence]:
    return lambda evidence: replace(evidence, seen=(*evidence.seen, *more))


def without(name: str, connector: str, kind: str) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        kept = (
            one for one in evidence.seen if (one.shopper, one.connector, one.kind) != (name, connector, kind)
        )
        return replace(evidence, seen=tuple(kept))

    return change


def late(name: str, kind: str, seconds: float) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        moved = (
            replace(one, at=one.at + real(seconds)) if (one.shopper, one.kind) == (name, kind) else one
            for one in evidence.seen
        )
        return replace(evidence, seen=tuple(moved))

    return change


def knowing(name: str, **changes: Any) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        view = evidence.views[name]
        assert view is not None
        return replace(evidence, views={**evidence.views, name: {**view, **changes}})

    return change


def test_a_perfect_run_keeps_every_promise() -> None:
    assert [(one.promise, one.against) for one in judge(perfect()) if not one.kept] == []


def test_a_perfect_run_is_the_story_of_the_design() -> None:
    evidence = perfect()

    mailed = {one.name: len(evidence.seen_of(one, "message")) for one in CAST}
    standing = {one.name: len(evidence.standing(one)) for one in CAST}

    assert mailed == {"Anna": 2, "Ben": 0, "Cleo": 2, "Dora": 1, "Emil": 1, "Finn": 0, "Greta": 1, "Hana": 1}
    assert standing == {
        "Anna": 0,
        "Ben": 0,
        "Cleo": 5,
        "Dora": 0,
        "Emil": 5,
        "Finn": 0,
        "Greta": 0,
        "Hana": 1,
    }
    assert evidence.standing(BY_NAME["Hana"]) == {"intercom"}


BOUGHT = OPENING + max(act.at for act in BY_NAME["Anna"].acts if isinstance(act, Does))
AFTER_THE_END = {"on_for_the_right_ones", "nothing_after_the_end", "off_in_time"}
MAILED_ANYWAY = {"mailed_as_written", "silent_after_unsubscribing"}
JOURNEY = {"journey": "cart_recovery", "conversion": None}
NO_TRAIL = {"value": 13.8, "trail": []}
DEAD = {"queue": "hub-local-events-dead", "messages": 1}
UNSUBSCRIBED = OPENING + max(act.at for act in BY_NAME["Emil"].acts if isinstance(act, Unsubscribes))

WITHDREW = OPENING + max(act.at for act in BY_NAME["Hana"].acts if isinstance(act, Withdraws))
REFUSED = "left_alone_after_withdrawing"
ONLY_HALF_EXPLAINED = [no_consent("amazon_ses", 2, "email"), no_consent("google_ads", 2, "email")]


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        (without("Cleo", "amazon_ses", "message"), {"mailed_as_written"}),
        (late("Cleo", "message", LATE), {"mailed_as_written"}),
        (late("Cleo", "message", -4), {"mailed_as_written"}),
        (also(seen("Cleo", "amazon_ses", END, "message", "step 0")), {"mailed_as_written", "never_twice"}),
        (without("Cleo", "google_ads", "on"), {"on_for_the_right_ones"}),
        (also(seen("Dora", "google_ads", END, "on"), seen("Dora", "google_ads", END, "off")), AFTER_THE_END),
        (without("Anna", "meta_custom_audiences", "off"), {"off_everywhere"}),
        (also(seen("Cleo", "intercom", END, "off")), {"off_everywhere"}),
        (also(seen("Anna", "intercom", BOUGHT + 1, "on")), {"nothing_after_the_end"}),
        (late("Anna", "off", OFF_WITHIN), {"off_in_time"}),
        (knowing("Ben", enrollments=[JOURNEY]), {"left_alone_at_once"}),
        (also(seen("Emil", "amazon_ses", UNSUBSCRIBED + 1, "message", "again")), MAILED_ANYWAY),
        (knowing("Emil", deliveries=[]), {"silent_after_unsubscribing"}),
        (without("Hana", "meta_custom_audiences", "off"), {REFUSED}),
        (without("Hana", "optimizely", "off"), {REFUSED}),
        (late("Hana", "off", OFF_WITHIN), {REFUSED, "off_in_time"}),
        (late("Hana", "off", -3), {REFUSED}),
        (also(seen("Hana", "intercom", END, "off")), {"off_everywhere"}),
        (also(seen("Hana", "amazon_ses", WITHDREW + 1, "message", "again")), {REFUSED, "mailed_as_written"}),
        (also(seen("Hana", "google_ads", END, "on")), {REFUSED, "on_for_the_right_ones"}),
        (also(seen("Hana", "meta_custom_audiences", WITHDREW + real(2), "on")), {REFUSED}),
        (knowing("Hana", deliveries=[]), {REFUSED}),
        (knowing("Hana", deliveries=ONLY_HALF_EXPLAINED), {REFUSED}),
        (also(seen("Finn", "intercom", END, "on")), {"on_for_the_right_ones", "held_out_in_silence"}),
        (knowing("Finn", deliveries=[]), {"held_out_in_silence"}),
        (knowing("Anna", identities=[]), {"one_customer_on_two_devices"}),
        (knowing("Anna", enrollments=[]), {"the_trail_is_kept"}),
        (knowing("Anna", enrollments=[{"conversion": NO_TRAIL}]), {"the_trail_is_kept"}),
        (knowing("Dora", enrollments=[{"conversion": NO_TRAIL | {"value": None}}]), {"the_trail_is_kept"}),
        (lambda found: replace(found, dead_letters=[DEAD]), {"nothing_is_lost"}),
        (lambda found: replace(found, views={**found.views, "Ben": None}), {"one_customer_on_two_devices"}),
    ],
)  # fmt: skip
def test_a_run_that_goes_wrong_breaks_the_promise_that_speaks_of_it(
    change: Callable[[Evidence], Evidence], broken: set[str]
) -> None:
    assert broken_by(change) == broken


WELCOME = {"welcome": {"html": "", "content": "cart_welcome"}}


def shown(place: int, slots: dict[str, Any]) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        at, name, _ = evidence.played.shown[place]
        evidence.played.shown[place] = (at, name, slots)
        return evidence

    return change


@pytest.mark.parametrize("change", [shown(0, {}), shown(1, WELCOME), shown(2, {}), shown(3, WELCOME)])
def test_the_site_must_know_her_and_forget_her(change: Callable[[Evidence], Evidence]) -> None:
    assert broken_by(change) == {"the_site_knows_her"}


def test_a_withdrawal_that_never_happened_cannot_be_kept_to() -> None:
    evidence = perfect()
    del evidence.played.done["Hana", Withdraws.__name__]

    against = left_alone_after_withdrawing(evidence)

    assert against == ["Hana did not withdraw her consent"]


def test_every_promise_can_be_broken() -> None:
    """No promise stands here that nothing could speak against."""
    nothing = replace(perfect(), seen=(), views={one.name: None for one in CAST})
    everything = also(*(seen(one.name, "amazon_ses", END, "message", "x") for one in CAST for _ in range(2)))
    wrecked = everything(nothing)
    wrecked.played.errors.append("lost")
    wrecked.played.shown.clear()
    kept = {PROMISES[one.promise].__name__ for one in judge(wrecked) if one.kept}

    assert kept == {"off_everywhere", "off_in_time", "left_alone_at_once"}
