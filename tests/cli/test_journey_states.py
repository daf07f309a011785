"""`hub journey pause | resume | drain`, and what `show` says of a journey's state and versions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from cli import main, strategies
from cli.target import Target
from hub.deferring import Held
from hub.definitions import journey_version
from hub.deliveries import Message
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from tests.builders import a_message, an_enrollment
from tests.cli.hub_on_aws import hub_on_aws, write_strategy
from tests.cli.test_listings import deploy_machine


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    with hub_on_aws(monkeypatch) as target:
        yield target


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_strategy(tmp_path / "strategy")


def run(directory: Path, *arguments: str) -> Result:
    """The files are for those who show a journey; that it is live, the hub knows itself."""
    files = ["--strategy", str(directory)] if arguments[0] in ("list", "show") else []
    return CliRunner().invoke(main.hub, ["journey", *arguments, *files, "--stage", "dev"])


def shown(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(directory, "show", "tea_time", "--json").stdout)
    return found


def held_back(hub: Target, number: int) -> list[Message]:
    messages = [
        a_message(message_id=f"msg_{place}", journey="tea_time", connector="meta_custom_audiences")
        for place in range(number)
    ]
    for message in messages:
        hub.held.hold(Held(message=message, since=1))
    return messages


def on_the_queue() -> list[Message]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="hub-dev-meta_custom_audiences")["QueueUrl"]
    found: list[Message] = []
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [Message.model_validate_json(one["Body"]) for one in got]
    return found


def test_a_journey_runs_until_somebody_says_otherwise(hub: Target, directory: Path) -> None:
    deploy_machine("tea_time", executions=0)
    told = []

    for word in ("pause", "drain", "resume"):
        assert run(directory, word, "tea_time").exit_code == 0
        told.append((shown(directory)["state"], hub.journey_states.read().get("tea_time")))

    assert told == [("paused", "paused"), ("draining", "draining"), ("running", None)]


@pytest.mark.usefixtures("hub")
def test_the_list_says_which_stand_still(directory: Path) -> None:
    deploy_machine("tea_time", executions=1)
    run(directory, "pause", "tea_time")

    [row] = json.loads(run(directory, "list", "--json").stdout)

    assert (row["name"], row["state"], row["running"]) == ("tea_time", "paused", 1)


@pytest.mark.parametrize("word", ["resume", "drain"])
def test_what_a_pause_held_back_goes_to_its_queue_and_so_to_the_gate(
    hub: Target, directory: Path, word: str
) -> None:
    deploy_machine("tea_time", executions=0)
    boto3.client("sqs").create_queue(QueueName="hub-dev-meta_custom_audiences")
    run(directory, "pause", "tea_time")
    messages = held_back(hub, 12)

    result = run(directory, word, "tea_time")

    assert "12 messages" in result.stdout
    assert sorted(on_the_queue(), key=lambda one: one.message_id) == sorted(
        messages, key=lambda one: one.message_id
    )
    assert hub.held.count("tea_time") == 0


def test_show_says_how_many_messages_a_pause_holds_back(hub: Target, directory: Path) -> None:
    deploy_machine("tea_time", executions=0)
    held_back(hub, 3)

    assert shown(directory)["held"] == 3


@pytest.mark.parametrize("word", ["pause", "resume", "drain"])
@pytest.mark.usefixtures("hub")
def test_an_unknown_journey_is_wrong_usage_and_a_near_one_is_proposed(directory: Path, word: str) -> None:
    deploy_machine("tea_time", executions=0)

    result = run(directory, word, "tea_tim")

    assert result.exit_code == 2
    assert "tea_time" in result.stderr


def test_show_counts_who_is_on_which_version(hub: Target, directory: Path) -> None:
    deploy_machine("tea_time", executions=5)
    today = journey_version(strategies.load(directory).journey_by_name["tea_time"])
    for number, version in enumerate([today, "0ld00000", "0ld00000", "0ld00000"]):
        hub.runs.open(an_enrollment(enrollment_id=f"run-{number}", journey="tea_time"), "p_1", version)

    found = shown(directory)

    assert found["running"] == 5
    assert found["versions"] == [
        {"version": today, "running": 1, "current": True},
        {"version": "0ld00000", "running": 3, "current": False},
    ]
    assert "0ld00000" in run(directory, "show", "tea_time").stdout


def test_the_version_of_a_journey_is_the_same_where_it_is_read_and_where_it_runs(directory: Path) -> None:
    strategy = strategies.load(directory)

    deployed = Rules(Strategy.model_validate_json(strategy.to_json()))

    assert deployed.journey_versions == Rules(strategy).journey_versions


def test_another_step_is_another_version_and_another_goal_is_not(directory: Path) -> None:
    journey = strategies.load(directory).journey_by_name["tea_time"]
    later = journey.steps[1].model_copy(update={"after": journey.steps[1].after + 1})

    versions = [
        journey_version(journey),
        journey_version(journey.model_copy(update={"holdout": 0.5, "description": "Other words."})),
        journey_version(journey.model_copy(update={"steps": (journey.steps[0], later)})),
        journey_version(journey.model_copy(update={"ends_after": journey.ends_after + 1})),
    ]

    assert versions[0] == versions[1]
    assert len({*versions[1:]}) == 3
