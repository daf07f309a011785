"""`hub journey test`: cases in files, each failure with its file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from hub.authoring import StrategyProblems
from hub.authoring.case_files import find_cases, read_cases
from hub.authoring.cases import Beat, Done
from hub.connector_kit import discover
from hub.strategy.strategy import Strategy

TRIES = """
customer: anna
before:
  - given:
      - identify: {email: anna@example.com}
      - track: Product Added
        properties: {cart_id: c-1, product_id: tea, name: Tea, price: 5, quantity: 1}
  - advance: 30m
cases:
  - name: She is reminded.
    story:
      - expect:
          - amazon_ses.send_email: {template: cart_reminder, at: 30m}
  - name: She is offered free shipping at once.
    story:
      - expect: [meta_custom_audiences.join]
      - expect:
          - amazon_ses.send_email: {template: free_shipping}
"""


@pytest.fixture
def tries(tmp_path: Path) -> Path:
    file = tmp_path / "tries.yaml"
    file.write_text(TRIES)
    return file


def problems(tmp_path: Path, story: str) -> list[tuple[int, str, str]]:
    file = tmp_path / "wrong.yaml"
    file.write_text(f"cases:\n  - name: a case\n    story:\n{story}")
    with pytest.raises(StrategyProblems) as wrong:
        read_cases(file, Strategy(), discover())
    return [(one.line, one.message, one.advice) for one in wrong.value.problems]


def test_the_projects_own_journeys_do_what_their_cases_say(
    strategy_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["journey", "test", "--strategy", str(strategy_directory)])

    told = capsys.readouterr().out
    assert (code, told.splitlines()[-1].split(": ")[1]) == (0, "all as expected"), told


def test_every_journey_of_the_project_has_cases(strategy_directory: Path) -> None:
    journeys = {file.stem for file in (strategy_directory / "journeys").glob("*.yaml")}

    assert journeys == {file.stem for file in find_cases(strategy_directory)} & journeys


def test_a_case_that_fails_says_where_why_and_what_happened(
    tries: Path, strategy_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["journey", "test", str(tries), "--strategy", str(strategy_directory)])

    told = capsys.readouterr().out.splitlines()
    assert code == 1
    assert told[0].startswith("✓ She is reminded. (")
    assert told[1].startswith("✗ She is offered free shipping at once. (")
    assert told[2] == (
        f"  {tries}:17: expected amazon_ses.send_email template=free_shipping, but at +0d 00:30:00 "
        "template is cart_reminder, not free_shipping"
    )
    assert "  +0d 00:30:00  anna  → amazon_ses.send_email template=cart_reminder to anna@example.com" in told
    assert told[-1] == "2 cases: 1 not as expected"


def test_programs_get_json(tries: Path, strategy_directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["journey", "test", str(tries), "--strategy", str(strategy_directory), "--json"])

    right, wrong = json.loads(capsys.readouterr().out)
    assert code == 1
    assert (right["ok"], right["case"], right["line"], right["wrong"]) == (True, "She is reminded.", 10, "")
    assert (wrong["ok"], wrong["line"]) == (False, 17)
    assert wrong["wrong"].startswith("expected amazon_ses.send_email template=free_shipping")
    assert "enters the journey cart_recovery" in wrong["timeline"]


def test_a_file_that_is_not_there_is_wrong_usage(strategy_directory: Path) -> None:
    assert run(["journey", "test", "nowhere.yaml", "--strategy", str(strategy_directory)]) == 2


def test_a_strategy_without_cases_has_not_been_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "policy.yaml").write_text("time_zone: UTC\n")

    assert run(["journey", "test", "--strategy", str(tmp_path)]) == 1
    assert "there is no case in" in capsys.readouterr().err


def test_problems_of_a_file_are_told_by_the_command(
    tmp_path: Path, strategy_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("cases:\n  - name: a case\n    stroy: []\n")

    code = run(["journey", "test", str(file), "--strategy", str(strategy_directory)])

    assert code == 1
    assert f"{file}:3: unknown key 'stroy' — did you mean 'story'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("story", "line", "message", "advice"),
    [
        ("      - advnce: 3h\n", 4, "unknown key 'advnce'", "did you mean 'advance'?"),
        (
            "      - advance: 3h\n        everything_off: true\n",
            4,
            "'advance' and 'everything_off' stand together",
            "give each a line and a dash of its own",
        ),
        (
            "      - advance: 3\n",
            4,
            "3 is no duration",
            "write for example 30s, 10m, 4h, 7d or PT1H30M",
        ),
        (
            "      - advance_to: noon\n",
            4,
            "'noon' is no time",
            "write 30m (after the start), or a time such as 2026-11-22T08:00:00Z",
        ),
        (
            "      - given:\n          - track: A\n            page: b\n",
            5,
            "'track' and 'page' stand together",
            "give each a line and a dash of its own",
        ),
        (
            "      - expect:\n          - amazon_ses.send_emial\n",
            5,
            "there is no action 'amazon_ses.send_emial'",
            "did you mean 'amazon_ses.send_email'?",
        ),
        (
            "      - expect_nothing: [amazon_sse]\n",
            4,
            "there is no action 'amazon_sse'",
            "did you mean 'amazon_ses'?",
        ),
        (
            "      - expect:\n          - amazon_ses.send_email: cart_reminder\n",
            5,
            "'amazon_ses.send_email' has no fields",
            "write it alone, or {field: value} behind it",
        ),
        (
            "      - vendor_fails: {connector: amazon_sse, status: 500}\n",
            4,
            "there is no connector 'amazon_sse'",
            "did you mean 'amazon_ses'?",
        ),
        (
            "      - vendor_fails: {connector: amazon_ses, status: 500, mode: auth}\n",
            4,
            "'status' and 'mode' stand together",
            "give each a line and a dash of its own",
        ),
        ("      - ended: won\n", 4, "'won' is not known here", None),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line_and_what_to_do(
    tmp_path: Path, story: str, line: int, message: str, advice: str | None
) -> None:
    [(told_line, told_message, told_advice)] = problems(tmp_path, story)

    assert (told_line, told_message) == (line, message)
    assert advice in (None, told_advice)


def test_a_name_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    story = "      - everything_off: true\n  - name: a case\n    story:\n      - everything_off: true\n"

    assert problems(tmp_path, story) == [(1, "'a case' stands there twice", "name each case otherwise")]


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "testing-journeys.md"


def written_in(language: str) -> str:
    """The first example of the documentation in a language."""
    return DOCUMENT.read_text().partition(f"```{language}\n")[2].partition("```")[0]


def test_the_documented_case_holds(
    tmp_path: Path, strategy_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "documented.yaml"
    file.write_text(written_in("yaml"))

    code = run(["journey", "test", str(file), "--strategy", str(strategy_directory)])

    assert code == 0, capsys.readouterr().out


def test_the_documented_test_holds(strategy_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(strategy_directory.parent)
    module: dict[str, Any] = {}
    exec(written_in("python"), module)

    module["test_who_says_no_to_email_is_not_written_to_again"]()


@pytest.mark.parametrize("word", [*Beat.model_fields, *Done.model_fields])
def test_every_word_of_a_story_is_documented(word: str) -> None:
    assert word in DOCUMENT.read_text()
