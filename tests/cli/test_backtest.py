"""`hub backtest`: files of past events in, what would have happened out."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.backtest import backtest
from cli.replaying.ordering import in_order
from cli.replaying.reading import read
from hub.archive_lines import read_line
from hub.clock import format_instant, parse_instant
from hub.events import Event
from tests.cli.hub_on_aws import write_strategy

DAY_ONE = parse_instant("2026-03-01T10:00:00Z")
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_strategy(tmp_path / "strategy")


def viewed(user: str, at: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": user,
        "messageId": f"{user}-{at}",
        "timestamp": format_instant(DAY_ONE + at),
        "properties": {"category": "Tea"},
        **fields,
    }


def identified(user: str, at: int) -> dict[str, Any]:
    traits = {"email": f"{user}@example.com"}
    return {**viewed(user, at), "type": "identify", "traits": traits, "messageId": f"{user}-identify"}


TWO_LOVERS = [
    identified("anna", 0),
    viewed("anna", HOUR),
    viewed("anna", 2 * HOUR),
    identified("ben", 0),
    viewed("ben", 3 * HOUR),
    viewed("ben", 4 * HOUR),
]


def write(file: Path, *lines: object) -> Path:
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(backtest, list(map(str, arguments)))


def replay(directory: Path, *arguments: object) -> dict[str, Any]:
    result = run(*arguments, "--strategy", directory, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_stays_in_segments_and_deliveries_are_written(directory: Path, tmp_path: Path) -> None:
    file, stays, sent = (
        write(tmp_path / "e.ndjson", *TWO_LOVERS),
        tmp_path / "m.ndjson",
        tmp_path / "d.ndjson",
    )

    told = replay(
        directory, "--events", file, "--memberships", stays, "--deliveries", sent, "--until", "2026-03-09"
    )

    assert (told["events"], told["profiles"], told["skipped"]) == (6, 2, 0)
    assert told["segments"] == {"tea_lover": {"entered": 2, "left": 2, "members": 0}}
    entered = {row["user_id"]: (row["entered_at"], row["left_at"]) for row in lines_of(stays)}
    assert entered == {
        "anna": (format_instant(DAY_ONE + 2 * HOUR), format_instant(DAY_ONE + HOUR + 7 * DAY)),
        "ben": (format_instant(DAY_ONE + 4 * HOUR), format_instant(DAY_ONE + 3 * HOUR + 7 * DAY)),
    }
    assert list(lines_of(stays)[0]) == [
        "profile_id",
        "user_id",
        "anonymous_id",
        "segment",
        "entered_at",
        "left_at",
    ]
    names = ["profile_id", "user_id", "journey", "step", "connector", "action", "at", "status", "reason"]
    assert list(lines_of(sent)[0]) == names
    assert told["journeys"]["tea_time"]["enrollments"] == 2


def test_who_is_still_in_at_the_end_has_not_left(directory: Path, tmp_path: Path) -> None:
    file, stays = write(tmp_path / "e.ndjson", *TWO_LOVERS), tmp_path / "m.ndjson"

    told = replay(directory, "--events", file, "--memberships", stays)

    assert told["until"] == format_instant(DAY_ONE + 4 * HOUR)
    assert told["segments"]["tea_lover"] == {"entered": 2, "left": 0, "members": 2}
    assert [row["left_at"] for row in lines_of(stays)] == [None, None]


def test_order_files_and_compression_do_not_matter(directory: Path, tmp_path: Path) -> None:
    shuffled = random.Random(7).sample(TWO_LOVERS, len(TWO_LOVERS))
    sorted_file, first, second = (
        write(tmp_path / "e", *TWO_LOVERS),
        write(tmp_path / "a", *shuffled[:3]),
        tmp_path / "b.gz",
    )
    second.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in shuffled[3:]).encode()))
    outs = [tmp_path / "one.ndjson", tmp_path / "two.ndjson"]

    replay(directory, "--events", sorted_file, "--memberships", outs[0])
    replay(directory, "--events", first, second, "--memberships", outs[1])

    assert lines_of(outs[0]) == lines_of(outs[1])


def test_events_after_until_do_not_happen(directory: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "e.ndjson", *TWO_LOVERS)

    told = replay(directory, "--events", file, "--until", format_instant(DAY_ONE + 3 * HOUR))

    assert (told["events"], told["segments"]["tea_lover"]["members"]) == (5, 1)


def test_an_unreachable_customer_is_withheld_with_the_reason(directory: Path, tmp_path: Path) -> None:
    one = mailed(directory, tmp_path, to="{{ profile.traits.work }}")

    assert (one["status"], one["reason"]) == ("withheld", "no address: to")


def test_a_reachable_customers_mail_is_sent(directory: Path, tmp_path: Path) -> None:
    """As the live path fills it: all that an action may say of its message is there."""
    one = mailed(directory, tmp_path, to="{{ profile.traits.email }}")

    assert (one["status"], one["reason"]) == ("sent", "")


def mailed(directory: Path, tmp_path: Path, *, to: str) -> dict[str, Any]:
    """What becomes of Anna's mail."""
    journey = directory / "journeys/tea_time.yaml"
    action = f"amazon_ses.send_email: {{template: tea, to: '{to}'}}"
    treated = journey.read_text().replace("holdout: 10%", "holdout: 0%")
    journey.write_text(treated.replace("meta_custom_audiences.join: {audience: tea}", action))
    (directory / "templates/tea.liquid").write_text("---\nsubject: Tea\n---\n<p>Tea</p>")
    file, sent = write(tmp_path / "e.ndjson", *TWO_LOVERS), tmp_path / "d.ndjson"
    replay(directory, "--events", file, "--deliveries", sent)
    [one] = [row for row in lines_of(sent) if row["user_id"] == "anna" and row["action"] == "send_email"]
    return one


def test_lines_that_cannot_be_read_are_told_and_left_out(directory: Path, tmp_path: Path) -> None:
    nobody = {"type": "track", "event": "Product Viewed", "timestamp": "2026-03-01T10:00:00Z"}
    timeless = {"type": "track", "event": "Product Viewed", "userId": "anna"}
    file = write(tmp_path / "e.ndjson", *TWO_LOVERS, "{broken", nobody, timeless)

    result = run("--events", file, "--strategy", directory, "--json")

    assert (json.loads(result.stdout)["events"], json.loads(result.stdout)["skipped"]) == (6, 3)
    for line in (7, 8, 9):
        assert f"{file}:{line}: " in result.stderr


def test_what_is_still_to_come_does_not_decide_up_to_when_time_passes(
    directory: Path, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "e.ndjson", *TWO_LOVERS, {**viewed("eve", 0), "timestamp": "9999-01-01T00:00:00Z"}
    )

    result = run("--events", file, "--strategy", directory, "--json")
    far = replay(directory, "--events", file, "--until", "9999-01-01T00:00:00Z")

    assert json.loads(result.stdout)["until"] == format_instant(DAY_ONE + 4 * HOUR)
    assert f"{file}:7: happens only at 9999-01-01T00:00:00Z" in result.stderr
    assert (far["events"], far["skipped"]) == (7, 0)


def test_a_file_that_is_read_cannot_be_written_too(directory: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "e.ndjson", *TWO_LOVERS)
    before = file.read_text()

    result = run("--events", file, "--memberships", file, "--strategy", directory)

    assert result.exit_code == 2
    assert "is one of the files to read" in result.stderr
    assert file.read_text() == before


def test_a_back_test_that_fails_leaves_what_an_earlier_one_wrote(directory: Path, tmp_path: Path) -> None:
    stays = write(tmp_path / "m.ndjson", "earlier")

    result = run(
        "--events", write(tmp_path / "e", "{broken"), "--memberships", stays, "--strategy", directory
    )

    assert result.exit_code == 1
    assert stays.read_text() == "earlier\n"
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".new")] == []


def test_standard_output_takes_the_stays(directory: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "e.ndjson", *TWO_LOVERS)

    told = run("--events", file, "--memberships", "-", "--strategy", directory)

    assert [json.loads(row)["segment"] for row in told.stdout.splitlines()] == ["tea_lover", "tea_lover"]
    assert "6 events of 2 customers" in told.stderr


def test_a_summary_as_json_makes_way_for_what_standard_output_takes_too(
    directory: Path, tmp_path: Path
) -> None:
    file = write(tmp_path / "e.ndjson", *TWO_LOVERS)

    told = run("--events", file, "--deliveries", "-", "--strategy", directory, "--json")

    assert all("connector" in json.loads(row) for row in told.stdout.splitlines())
    assert json.loads(told.stderr)["events"] == 6


def test_an_out_that_cannot_be_written_is_wrong_usage_and_named(directory: Path, tmp_path: Path) -> None:
    file, out = write(tmp_path / "e.ndjson", *TWO_LOVERS), tmp_path / "nowhere" / "y"

    result = run("--events", file, "--memberships", out, "--strategy", directory)

    assert result.exit_code == 2
    assert f"{out} cannot be written: No such file or directory" in result.stderr


def test_nothing_to_replay_is_an_error(directory: Path, tmp_path: Path) -> None:
    result = run("--events", write(tmp_path / "e.ndjson", "{broken"), "--strategy", directory)

    assert result.exit_code == 1
    assert "no event" in str(result.exception)


def test_the_table_names_every_segment_and_journey(directory: Path, tmp_path: Path) -> None:
    output = run("--events", write(tmp_path / "e.ndjson", *TWO_LOVERS), "--strategy", directory).stdout

    for words in ("tea_lover", "tea_time", "2 enrollments, 0 conversions", "6 events of 2 customers"):
        assert words in output


@pytest.mark.parametrize("arguments", [(), ("--events", "missing.ndjson")])
def test_no_file_or_a_missing_one_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_time_that_is_none_is_wrong_usage(directory: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "e.ndjson", *TWO_LOVERS)

    assert run("--events", file, "--until", "tomorrow", "--strategy", directory).exit_code == 2


def test_every_line_is_the_event_that_the_archive_has_whatever_the_one_before_said(tmp_path: Path) -> None:
    contexts = [{"locale": "cs"}, {"locale": "cs"}, {"locale": "sk"}, None, {"locale": "cs"}]
    told = [viewed("anna", at, context=context) for at, context in enumerate(contexts)]
    file = write(tmp_path / "events.ndjson", *told)

    assert list(read(file, lambda _: None)) == [read_line(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize("in_memory", [1, 3, 7, 100, 101])
def test_any_number_of_events_is_put_in_order_whatever_fits_into_memory(in_memory: int) -> None:
    random.seed(in_memory)
    events = [
        Event(type="track", message_id=f"m{n}", at=random.randrange(20), received_at=30, properties={"n": n})
        for n in range(100)
    ]
    counts: list[int] = []

    ordered = list(in_order(iter(events), in_memory=in_memory, counted=counts.append))

    assert ordered == sorted(events, key=lambda event: (event.at, event.message_id))
    assert counts == [100]
