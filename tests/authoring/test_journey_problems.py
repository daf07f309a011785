"""Journeys whose parts are each right and together can never do what they say."""

from typing import Any

import pytest

from tests.authoring.building import CONNECTORS, HELLO, JOURNEY, segment, told

ENTRY = "entry: {segment: vip}"
GOAL = "goal: {did: Order Completed}"
CARTER = "{all: [{cart: {items: {at_least: 1}}}, {in_segment: czech}]}"
LEFT_CART = "{all: [{cart: {items: {at_least: 1}}}, {quiet_for: 30m}]}"


def problems(tmp_path: Any, *lines: str, when: str = CARTER, policy: str = "", **changes: str) -> list[str]:
    """What is wrong with the journey of `building`, with these lines (from line 4) and other words."""
    text = JOURNEY.replace(GOAL, "\n    ".join([GOAL, *lines]))
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    files = {
        "segments/vip.yaml": segment(when=when),
        "segments/czech.yaml": "name: czech\nwhen: {trait: country, is: CZ}\n",
        "journeys/welcome.yaml": text,
        "templates/hello.liquid": HELLO,
        **({"policy.yaml": policy} if policy else {}),
    }
    return told(tmp_path, files, CONNECTORS)


# ---- over as soon as it begins


@pytest.mark.parametrize(
    "condition",
    [
        "{in_segment: vip}",
        "{in_segment: czech}",
        "{trait: country, is: CZ}",
        "{cart: {items: {at_least: 1}}}",
        "{any: [{did: Order Cancelled}, {in_segment: vip}]}",
        "{all: [{in_segment: vip}, {in_segment: czech}]}",
    ],
)
@pytest.mark.parametrize("word", ["exit", "goal"])
def test_what_holds_of_everybody_who_enters_ends_no_journey(tmp_path: Any, word: str, condition: str) -> None:
    changes = {"line": (GOAL, f"goal: {condition}")} if word == "goal" else {}
    lines = [f"exit: {condition}"] if word == "exit" else []

    [problem] = problems(tmp_path, *lines, **changes)

    assert problem == (
        f"journeys/welcome.yaml:{3 if word == 'goal' else 4}: this holds of everybody who enters: every run "
        "would end at once — write what comes true later, e.g. not: {in_segment: vip} for leaving the segment"
    )


@pytest.mark.parametrize(
    "line",
    [
        "exit: {not: {in_segment: vip}}",
        "exit: {in_segment: czech_vip}",
        "exit: {any: [{did: Order Cancelled}, {cart: {items: {exactly: 0}}}]}",
        "exit: {all: [{in_segment: vip}, {did: Order Cancelled}]}",
    ],
)
def test_what_may_come_true_later_ends_one(tmp_path: Any, line: str) -> None:
    assert [one for one in problems(tmp_path, line) if "czech_vip" not in one] == []


def test_the_goal_may_be_the_event_that_one_enters_with_for_only_a_later_one_counts(tmp_path: Any) -> None:
    assert problems(tmp_path, when="{did: Order Completed}") == []


def test_the_event_that_one_enters_with_ends_the_run_as_an_exit(tmp_path: Any) -> None:
    [problem] = problems(tmp_path, "exit: {did: Order Completed}", when="{did: Order Completed}")

    assert "this holds of everybody who enters" in problem


def test_segments_that_go_round_in_a_circle_are_told_as_such_only(tmp_path: Any) -> None:
    [problem] = problems(tmp_path, "exit: {did: Order Cancelled}", when="{in_segment: vip}")

    assert "segments go round in a circle" in problem


# ---- restarted for ever


@pytest.mark.parametrize("when", [CARTER, "{did: Product Added, within: 7d}", "{in_segment: czech}"])
def test_a_run_cannot_restart_from_a_segment_that_a_changing_cart_does_not_leave(
    tmp_path: Any, when: str
) -> None:
    [problem] = problems(tmp_path, "restart_when: cart_changes", when=when)

    assert problem == (
        "journeys/welcome.yaml:4: a changed cart ends the run, and she enters no second time: she stays in "
        "'vip' meanwhile — give segments/vip.yaml a quiet_for (e.g. quiet_for: 30m, under all), or leave "
        "restart_when out"
    )


@pytest.mark.parametrize(
    "when",
    [
        LEFT_CART,
        "{all: [{did: Product Added}, {did_not: Product Added, within: 1h}]}",
        "{all: [{did: Product Added}, {not: {did: Product Added, within: 1h}}]}",
        "{did: Checkout Started, since: {last: Product Added}}",
        "{did: Product Added, within: 1h, exactly: 1}",
    ],
)
def test_a_run_may_restart_from_one_that_is_left_while_the_cart_changes(tmp_path: Any, when: str) -> None:
    assert problems(tmp_path, "restart_when: cart_changes", when=when) == []


def test_the_quiet_may_be_that_of_a_segment_inside(tmp_path: Any) -> None:
    quiet = f"name: quiet\nwhen: {LEFT_CART}\n"
    files = {
        "segments/vip.yaml": segment(when="{all: [{in_segment: quiet}, {trait: country, is: CZ}]}"),
        "segments/quiet.yaml": quiet,
        "journeys/welcome.yaml": JOURNEY.replace(GOAL, f"{GOAL}\n    restart_when: cart_changes"),
        "templates/hello.liquid": HELLO,
    }

    assert told(tmp_path, files, CONNECTORS) == []


# ---- never let out

QUIET = "# when she rests\nquiet_hours: {from: 21:00, to: 08:00, channels: [email]}\n"


@pytest.mark.parametrize("window", ["22:00-06:00", "21:00-08:00", "01:00-02:00", "22:00-23:30"])
def test_a_window_inside_the_quiet_hours_never_opens(tmp_path: Any, window: str) -> None:
    between = ("after: 0s", f"after: 0s\n        between: {window}")

    [problem] = problems(tmp_path, policy=QUIET, between=between)

    assert problem == (
        f"journeys/welcome.yaml:7: mail.send_email could never leave: {window} lies within the quiet hours "
        "21:00-08:00 of policy.yaml:2 — let between reach out of them, or take email out of "
        "quiet_hours.channels"
    )


@pytest.mark.parametrize(
    "window", ["20:00-06:00", "22:00-09:00", "08:00-21:00", "07:00-22:00", "10:00-09:00"]
)
def test_a_window_that_reaches_out_of_them_does(tmp_path: Any, window: str) -> None:
    between = ("after: 0s", f"after: 0s\n        between: {window}")

    assert problems(tmp_path, policy=QUIET, between=between) == []


@pytest.mark.parametrize(
    "policy", [QUIET.replace("email", "sms"), "consent: opt_out\n", "quiet_hours: {from: 21:00, to: 23:00}\n"]
)
def test_a_window_at_night_is_no_matter_where_the_night_is_not_quiet(tmp_path: Any, policy: str) -> None:
    between = ("after: 0s", "after: 0s\n        between: 22:00-06:00")

    assert problems(tmp_path, policy=policy, between=between) == []


def test_what_disturbs_nobody_is_done_in_quiet_hours_too(tmp_path: Any) -> None:
    between = ("after: 0s", "after: 0s\n        between: 22:00-06:00")
    level = ("mail.send_email: {template: hello}", "ads.set_note: {note: a}")

    policy = QUIET.replace("email", "email, chat")

    assert problems(tmp_path, policy=policy, between=between, level=level) == []


# ---- taken for something else


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("{template: hello}", "{template: hello, 'price.$': 5}", 8, "price.$"),
        ("{template: hello}", "{template: hello, data: [{'who.$': $.profile_id}]}", 8, "who.$"),
        ("after: 0s", "after: 0s\n        only_if: {did: Tea, where: {'price.$': 5}}", 7, "price.$"),
    ],
)
def test_a_key_that_the_state_machine_would_take_for_a_path_is_no_key(
    tmp_path: Any, old: str, new: str, line: int, key: str
) -> None:
    found = problems(tmp_path, change=(old, new))

    assert (
        f"journeys/welcome.yaml:{line}: '{key}' ends in .$, which AWS Step Functions takes for a path of "
        "its own — call it otherwise"
    ) in found
