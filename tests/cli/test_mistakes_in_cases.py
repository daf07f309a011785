"""What is wrong in a file of cases is told with its file, its line, and what to write instead."""

import json
from pathlib import Path
from typing import get_args

import pytest

from cli.main import run
from hub.authoring import StrategyProblems
from hub.authoring.case_files import read_cases
from hub.authoring.cases import Ending
from hub.connector_kit import discover
from hub.enrollments import Outcome
from hub.strategy.strategy import Strategy

ADDED = "{track: Product Added, properties: {cart_id: c-1, product_id: tea, quantity: 1}}"
MAIL = "amazon_ses.send_email"
FIELDS = (
    "known here: at, attributes, html, journey, note, step, subject, text, to, who"  # intercom.update_contact
)


def problems(tmp_path: Path, strategy: Strategy, text: str) -> list[str]:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    try:
        read_cases(file, strategy, discover())
    except StrategyProblems as wrong:
        return [str(one).replace(str(file), "") for one in wrong.problems]
    return []


def in_story(*beats: str) -> str:
    """The first beat stands on line 4."""
    return "\n".join(["cases:", "  - name: a case", "    story:", *(f"      - {beat}" for beat in beats)])


def with_policy(policy: str) -> str:
    """On line 3."""
    return f"cases:\n  - name: a case\n    policy: {policy}\n    story: [{{everything_off: true}}]\n"


@pytest.mark.parametrize(
    ("beat", "told"),
    [
        (
            f"expect: [{MAIL}: {{tmplate: cart_reminder}}]",
            f"{MAIL} has no field 'tmplate' — did you mean 'template'?",
        ),
        (
            f"expect: [{MAIL}: {{colour: red}}]",
            f"{MAIL} has no field 'colour' — known here: at, html, journey, step, subject, template, ",
        ),
        (
            "expect: [intercom.withdraw: {notes: x}]",
            "intercom.withdraw has no field 'notes' — did you mean 'note'?",
        ),
        (f"expect: [{MAIL}: {{template: cart_remindr}}]", "unknown template 'cart_remindr' — did you mean "),
        (
            f"expect: [{MAIL}: {{journey: cart_recvery}}]",
            "unknown journey 'cart_recvery' — did you mean 'cart_rec",
        ),
        (
            f"expect: [{MAIL}: {{subject: {{contain: x}}}}]",
            "unknown key 'contain' — did you mean 'contains'?",
        ),
        (
            f"expect: [{MAIL}: {{subject: {{matches: '('}}}}]",
            "'(' is no regular expression: missing ), unterminated subpattern at position 0 — correct it",
        ),
        (
            f"expect: [{MAIL}: {{at: noon}}]",
            "'noon' is no time — write 30m (after the start), or a time such as ",
        ),
        (
            f"expect: [{MAIL}: {{at: 30}}]",
            "'30' is no time — write 30m (after the start), or a time such as ",
        ),
        (
            f"expect: [{MAIL}: {{at: {{less_than: 1h}}}}]",
            "'{'less_than': '1h'}' is no time — write 30m (after the start)",
        ),
        (f"expect: [{MAIL}: {{step: one}}]", "'one' is no step — write its number: the first is 0"),
        (
            "expect_nothing: []",
            "the list is empty — name actions or connectors, or write true for all of them",
        ),
        ("expect_nothing: false", "'false' expects nothing of anything — write true, or leave it out"),
        ("everything_off: false", "'false' is not known here — write true"),
        ("member_of: []", "the list is empty — put something in, or leave the key out"),
        (
            "member_of: [cart_abandonner]",
            "unknown segment 'cart_abandonner' — did you mean 'cart_abandoner'?",
        ),
        ("not_member_of: [vpi]", "unknown segment 'vpi' — did you mean 'vip'?"),
        ("pause: cart_recvery", "unknown journey 'cart_recvery' — did you mean 'cart_recovery'?"),
        ("resume: recovery", "unknown journey 'recovery' — did you mean 'cart_recovery'?"),
        (
            "ended: won",
            "'won' is not known here — write 'goal', 'exit', 'restarted', 'ended', 'failed'",
        ),
        (
            "advance_to: 9999-12-31T23:00:00Z",
            "'9999-12-31T23:00:00Z' is too far away — write a time from 1970 to 2999",
        ),
        ("advance_to: 1969-12-31", "'1969-12-31' is too far away — write a time from 1970 to 2999"),
        (
            "given: [{identify: {email: a@example.com}, properties: {plan: gold}}]",
            "'properties' stands beside 'identify' — only a track or a page has properties",
        ),
        (
            "given: [{message: {type: alias}, context: {timezone: UTC}}]",
            "'context' stands beside 'message' — write it inside the message",
        ),
        ("vendor_fails: {connector: amazon_ses}", "nothing is said — write one of 'status' and 'mode'"),
        ("reported: {amazon_ses.send_email: bouncd}", "'bouncd' is not known here — did you mean 'bounced'?"),
    ],
)
def test_a_beat_that_says_what_cannot_be(
    tmp_path: Path, own_strategy: Strategy, beat: str, told: str
) -> None:
    [problem] = problems(tmp_path, own_strategy, in_story(beat))

    assert problem.startswith(f":4: {told}")


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("{consents: opt_in}", "unknown key 'consents' — did you mean 'consent'?"),
        ("{consent: maybe}", "'maybe' is not known here — write 'opt_in' or 'opt_out'"),
        ("{quiet_hours: {from: 21:00}}", "'to' is missing — add the line 'to: …'"),
        ("{quiet_hours: {from: 9pm, to: 08:00}}", "'9pm' is no time of day — write hours and minutes, e.g. "),
        (
            "{caps: [{channel: emial, at_most: 1, within: 1d}]}",
            "unknown channel 'emial' — did you mean 'email'?",
        ),
        ("{caps: [{journey: zzz, at_most: 1, within: 1d}]}", "unknown journey 'zzz' — known: cart_recovery"),
        ("{priorities: [cart_recvery]}", "unknown journey 'cart_recvery' — did you mean 'cart_recovery'?"),
        ("{time_zone: Europe/Prag}", "unknown time zone 'Europe/Prag' — did you mean 'Europe/Prague'?"),
        ("{purposes: {amazon_sse: email}}", "unknown connector 'amazon_sse' — did you mean 'amazon_ses'?"),
        (
            "{holdout: 100%}",
            "nothing is left to chance here — write held_out: true beside policy, or leave it out",
        ),
    ],
)
def test_a_policy_that_a_case_gets_wrong_is_told_as_policy_yaml_is(
    tmp_path: Path, own_strategy: Strategy, policy: str, told: str
) -> None:
    [problem] = problems(tmp_path, own_strategy, with_policy(policy))

    assert problem.startswith(f":3: {told}")


@pytest.mark.parametrize("line", [1, 3])
def test_a_start_at_the_end_of_the_calendar_is_too_late(
    tmp_path: Path, own_strategy: Strategy, line: int
) -> None:
    start = "start: 9999-12-31T23:59:00Z\n"
    case = with_policy("{}")

    text = start + case if line == 1 else case.replace("policy: {}\n", start)

    assert problems(tmp_path, own_strategy, text) == [
        f":{line}: '9999-12-31T23:59:00Z' is too far away — write a time from 1970 to 2999"
    ]


def test_a_run_may_have_ended_in_every_way_there_is_and_in_no_other() -> None:
    assert set(get_args(Ending)) == {*get_args(Outcome), "running"}


# ---- what only playing shows

PLANNED = "events:\n  Product Added: {properties: {product_id: {type: string}}, required: [product_id]}\n"


def played(tmp_path: Path, capsys: pytest.CaptureFixture[str], *beats: str, plan: str = PLANNED) -> str:
    """What the command says of a case; of the strategy nothing is asked but its tracking plan."""
    (tmp_path / "policy.yaml").write_text("time_zone: UTC\n")
    (tmp_path / "tracking_plan.yaml").write_text(plan)
    file = tmp_path / "tests" / "tries.yaml"
    file.parent.mkdir()
    file.write_text(in_story(*beats))
    run(["journey", "test", str(file), "--strategy", str(tmp_path)])
    caught = capsys.readouterr()
    return (caught.out + caught.err).replace(str(file), "")


def test_an_event_spelt_almost_as_the_plan_spells_it_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = "given: [{identify: {email: a@example.com}}, {track: Prodct Added}]"

    told = played(tmp_path, capsys, given, "expect_nothing: true")

    assert ":4: unknown event 'Prodct Added' — did you mean 'Product Added'?" in told


@pytest.mark.parametrize(
    ("unplanned", "told"),
    [
        ("allow", "1 cases: all as expected"),
        ("warn", "! :4: 'Tea Tasted' would be folded in, and marked: it is not in the plan"),
        ("quarantine", ":4: 'Tea Tasted' would be set aside: it is not in the plan — put the case or "),
    ],
)
def test_an_event_that_nobody_planned_is_told_as_the_plan_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], unplanned: str, told: str
) -> None:
    plan = f"unplanned: {unplanned}\n{PLANNED}"

    said = played(tmp_path, capsys, "given: [{track: Tea Tasted}]", "expect_nothing: true", plan=plan)

    assert told in said
    assert ("✓" in said) == (unplanned != "quarantine")


def test_an_event_that_lacks_what_the_plan_requires_would_never_arrive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = played(tmp_path, capsys, "given: [{track: Product Added}]", "expect_nothing: true")

    assert ":4: 'Product Added' would be set aside: product_id is missing" in said


def test_a_warning_is_told_to_programs_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy.yaml").write_text("time_zone: UTC\n")
    (tmp_path / "tracking_plan.yaml").write_text("unplanned: warn\nevents: {}\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "tries.yaml").write_text(in_story("given: [{track: Tea Tasted}]"))

    code = run(["journey", "test", "--strategy", str(tmp_path), "--json"])

    [one] = json.loads(capsys.readouterr().out)
    assert (code, one["ok"]) == (0, True)
    assert one["warnings"] == [
        f"{tmp_path}/tests/tries.yaml:4: 'Tea Tasted' would be folded in, and marked: it is not in the plan"
    ]


@pytest.mark.parametrize(
    ("beats", "told"),
    [
        (
            ["advance: 36500d"] * 11,
            ":13: '3026-03-24T10:00:00Z' is too far away — write a time from 1970 to 2999",
        ),
        (
            ["given: [{track: Product Added, ago: 36500d}]"],
            ":4: '1926-12-16T10:00:00.001Z' is too far away — write a time from 1970 to 2999",
        ),
        (["given: [{message: {type: trakc}}]"], ":4: "),
        (["given: [{message: {type: track}}]"], ":4: "),
    ],
)
def test_what_playing_finds_wrong_has_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], beats: list[str], told: str
) -> None:
    assert told in played(tmp_path, capsys, *beats)


def test_an_event_that_goes_wrong_has_its_own_line_among_the_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = f"given:\n          - {ADDED}\n          - track: Prodct Added"

    assert ":6: unknown event" in played(tmp_path, capsys, given)
