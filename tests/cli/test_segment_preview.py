"""`hub segment preview` against a hub as it is on AWS, and against files."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from cli import main, strategies
from cli.target import Target
from hub.clock import DAY, HOUR, MINUTE, Instant, format_instant, real_now
from hub.definitions import wanted
from hub.recalling import memory_of
from hub.rules import Rules
from tests.cli.hub_on_aws import customer, hub_on_aws, keep, write_strategy

NOW = real_now()
TEA_LOVER = """
name: tea_lover
when:
  did: Product Viewed
  where: {category: Tea}
  within: 7d
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_strategy(tmp_path / "strategy")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Iterator[Target]:
    """Four customers who looked at tea 0 to 3 times; what is live is what stands in the directory."""
    with hub_on_aws(monkeypatch) as target:
        strategy = strategies.load(directory)
        for definition in wanted(strategy, NOW).values():
            target.definitions.put(definition)
        remembered = memory_of(Rules(strategy).specs)
        target.definitions.begin("r1", remembered, remembered)
        for views in range(4):
            said = {"type": "identify", "userId": f"u-{views}", "timestamp": format_instant(NOW - DAY)}
            named = {**said, "traits": {"email": f"u{views}@example.com"}}
            seen = [viewed(f"u-{views}", (view + 1) * MINUTE) for view in range(views)]
            keep(target, customer(strategy, named, *seen, until=NOW))
        yield target


def viewed(user: str, ago: int, category: str = "Tea") -> dict[str, Any]:
    properties = {"category": category}
    at: Instant = NOW - ago
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": user,
        "messageId": f"{user} {ago}",
        "timestamp": format_instant(at),
        "properties": properties,
    }


@pytest.fixture
def trial_file(tmp_path: Path) -> Path:
    file = tmp_path / "a new idea.yaml"
    file.write_text(TEA_LOVER)
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main.hub, ["segment", *map(str, arguments), "--stage", "dev"])


def shown(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_who_would_enter_and_which_journeys_would_begin_is_told_before_anything_is_deployed(
    hub: Target, directory: Path, trial_file: Path
) -> None:
    before = [profile.version for profile in hub.profiles.scan()]

    told = shown("preview", trial_file, "--strategy", directory)

    assert (told["segment"], told["approximate"]) == ("tea_lover", [])
    assert told["version"] != told["live_version"]
    now = told["now"]
    assert (now["profiles"], now["members"], now["members_then"]) == (4, 2, 3)
    [entering] = now["entering"]["profile_ids"]
    assert hub.profiles.find([("user_id", "u-1")])["user_id", "u-1"] == entering
    assert now["leaving"]["count"] == 0
    assert now["journeys"]["tea_time"]["begin"]["profile_ids"] == [entering]
    assert [profile.version for profile in hub.profiles.scan()] == before


def test_people_get_the_same_as_text_and_ids_if_they_ask(
    hub: Target, directory: Path, trial_file: Path
) -> None:
    assert hub
    text = run("preview", trial_file, "--strategy", directory).stdout
    listed = run("preview", trial_file, "--strategy", directory, "--list").stdout

    assert "4 profiles: 2 are in, 3 would be" in text
    assert "now, 1 enter and 0 leave" in text
    assert "journey tea_time: 1 runs begin, 0 end" in text
    assert "entering p_" not in text
    assert "entering p_" in listed


def test_an_answer_from_profiles_that_do_not_remember_is_said_to_be_approximate(
    hub: Target, directory: Path, tmp_path: Path
) -> None:
    assert hub
    file = tmp_path / "wisher.yaml"
    file.write_text("name: wisher\nwhen: {did: Product Wished, within: 30d}\n")

    told = shown("preview", file, "--strategy", directory)
    text = run("preview", file, "--strategy", directory).stdout

    assert told["approximate"] == ["Product Wished, of the last 30d"]
    assert (told["live_version"], told["now"]["members_then"]) == (None, 0)
    assert "approximate: profiles do not remember" in text


def archive(hub: Target, hour: Instant, *messages: dict[str, Any]) -> None:
    lines = [
        json.dumps({**one, "receivedAt": one["timestamp"], "source": "website"}) + "\n" for one in messages
    ]
    key = f"events/{format_instant(hour)[:13].replace('-', '/').replace('T', '/')}/part-1.gz"
    body = gzip.compress("".join(lines).encode())
    boto3.client("s3").put_object(Bucket=hub.output("ArchiveBucket"), Key=key, Body=body)


def test_the_last_days_are_replayed_from_the_archive(hub: Target, directory: Path, trial_file: Path) -> None:
    then = 2 * DAY - HOUR
    archive(hub, NOW - then, viewed("u-1", then), viewed("u-2", then), viewed("u-2", then - MINUTE))
    archive(hub, NOW - 60 * DAY, viewed("u-9", 60 * DAY))

    told = shown("preview", trial_file, "--days", 3, "--strategy", directory)["past"]

    # By the live rule nobody is known by an address in these events.
    assert (told["live"], told["new"]) == ({"entered": 0, "left": 0}, {"entered": 2, "left": 0})
    assert [one["members_then"] for one in told["days"]] == [0, 0, 2, 2]
    assert told["entering"]["count"] == 2


def test_files_are_replayed_without_any_hub(tmp_path: Path, directory: Path, trial_file: Path) -> None:
    events = tmp_path / "events.ndjson"
    once, twice = viewed("u-1", 3 * HOUR), viewed("u-1", 2 * HOUR)
    events.write_text("".join(json.dumps(one) + "\n" for one in (once, twice)))

    result = run("preview", trial_file, "--events", events, "--strategy", directory, "--json")

    told = json.loads(result.stdout)
    assert "now" not in told
    assert (told["past"]["live"]["entered"], told["past"]["new"]["entered"]) == (0, 1)
    assert told["past"]["entering"]["count"] == 1


def test_files_without_events_are_an_error_in_a_sentence(
    tmp_path: Path, directory: Path, trial_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_text("")
    told = [str(trial_file), "--events", str(tmp_path / "empty"), "--strategy", str(directory)]

    code = main.run(["segment", "preview", *told])

    assert code == 1
    assert "no events to replay" in capsys.readouterr().err


def test_a_file_that_is_no_segment_is_told_with_its_line(
    tmp_path: Path, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("name: wrong\nwhen: {did: page, wihtin: 7d}\n")

    code = main.run(["segment", "preview", str(file), "--strategy", str(directory), "--stage", "dev"])

    told = capsys.readouterr().err
    assert code == 1
    assert f"{file}:2" in told
    assert "did you mean 'within'" in told
