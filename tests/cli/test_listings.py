"""The listings of journeys, connectors and dead letters, and what all commands have in common."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from cli import main
from cli.target import Target
from hub.aws.dead_letters import DeadLetterQueue
from hub.connector_kit import discover
from hub.ports import DeadLetter
from tests.cli.hub_on_aws import hub_on_aws, write_strategy


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    with hub_on_aws(monkeypatch) as target:
        yield target


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_strategy(tmp_path / "strategy")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main.hub, list(map(str, arguments)))


def shown(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def deploy_machine(journey: str, executions: int) -> None:
    waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 9, "End": True}}}
    client = boto3.client("stepfunctions")
    machine = client.create_state_machine(
        name=f"hub-dev-journey-{journey}",
        definition=json.dumps(waiting),
        roleArn="arn:aws:iam::123456789012:role/x",
    )
    for number in range(executions):
        client.start_execution(stateMachineArn=machine["stateMachineArn"], name=f"run-{number}")


@pytest.mark.usefixtures("hub")
def test_journeys_are_listed_with_those_who_are_on_them(directory: Path) -> None:
    deploy_machine("tea_time", executions=3)

    rows = shown("journey", "list", "--strategy", directory, "--stage", "dev")

    expected = {
        "name": "tea_time",
        "state": "running",
        "entry": "tea_lover",
        "steps": 2,
        "ends_after": "3d",
        "holdout": "10%",
        "running": 3,
    }
    assert rows == [expected]


@pytest.mark.usefixtures("hub")
def test_a_journey_is_shown_step_by_step(directory: Path) -> None:
    deploy_machine("tea_time", executions=0)

    found = shown("journey", "show", "tea_time", "--strategy", directory, "--stage", "dev")
    text = run("journey", "show", "tea_time", "--strategy", directory, "--stage", "dev").stdout

    assert found["definition"]["entry"] == {"segment": "tea_lover"}
    assert (found["definition"]["ends_after"], found["definition"]["steps"][1]["after"]) == ("3d", "4h")
    assert "meta_custom_audiences.join" in text
    assert "4h" in text


@pytest.mark.usefixtures("hub")
def test_a_journey_that_is_not_deployed_says_what_to_do(directory: Path) -> None:
    told = ("--strategy", directory, "--stage", "dev")

    result = run("journey", "show", "tea_time", *told)

    assert result.exit_code == 1
    assert "deploy the strategy" in result.stderr
    assert "deploy the strategy" in run("journey", "list", *told).stdout


@pytest.mark.usefixtures("hub")
def test_a_live_journey_that_the_files_do_not_have_is_listed_all_the_same(directory: Path) -> None:
    deploy_machine("coffee_time", executions=1)

    [row] = shown("journey", "list", "--strategy", directory, "--stage", "dev")

    assert (row["name"], row["running"], row["entry"]) == ("coffee_time", 1, None)


@pytest.mark.usefixtures("hub")
def test_an_unknown_journey_is_wrong_usage(directory: Path) -> None:
    assert run("journey", "show", "coffee_time", "--strategy", directory, "--stage", "dev").exit_code == 2


@pytest.mark.usefixtures("hub")
def test_dead_letter_queues_are_listed_with_what_waits_in_them() -> None:
    sqs = boto3.client("sqs")
    sqs.create_queue(QueueName="hub-dev-events")
    dead = sqs.create_queue(QueueName="hub-dev-events-dead")["QueueUrl"]
    sqs.create_queue(QueueName="hub-prod-events-dead")
    sqs.send_message(QueueUrl=dead, MessageBody="{}")

    rows = shown("dlq", "list", "--stage", "dev")

    [row] = rows
    assert (row["queue"], row["messages"]) == ("hub-dev-events-dead", 1)


@pytest.mark.usefixtures("hub")
def test_why_letters_are_dead_is_counted_and_they_stay_where_they_are() -> None:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="hub-dev-events-dead")["QueueUrl"]
    reasons = ["KeyError in carts.py:88"] * 12 + ["unreadable: ValueError in facts.py:9"]
    DeadLetterQueue(sqs, url).put([DeadLetter("{}", reason) for reason in reasons])
    sqs.send_message(QueueUrl=url, MessageBody="moved by SQS itself")
    expected = {
        "KeyError in carts.py:88": 12,
        "unreadable: ValueError in facts.py:9": 1,
        "came again and again, and was never done with": 1,
    }

    first, second = shown("dlq", "list", "--stage", "dev"), shown("dlq", "list", "--stage", "dev")

    assert first == second == [{"queue": "hub-dev-events-dead", "messages": 14, "reasons": expected}]
    assert "12 \u00d7 KeyError in carts.py:88" in run("dlq", "list", "--stage", "dev").stdout


def test_every_connector_is_listed_with_its_actions() -> None:
    rows = shown("connector", "list")

    expected = {f"{one.slug}.{name}" for one in discover() for name in one.actions}
    assert {row["action"] for row in rows} == expected
    assert all("base_url" in row["credentials"] for row in rows)


def test_text_and_json_of_a_listing_name_the_same() -> None:
    text = run("connector", "list").stdout

    assert all(row["action"] in text for row in shown("connector", "list"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["connector", "list"], 0), (["--help"], 0), (["conector"], 2), (["send"], 2), (["segment", "show"], 2)],
)
def test_exit_codes_tell_done_from_wrong_usage(arguments: list[str], code: int) -> None:
    assert main.run(arguments) == code


def test_a_strategy_with_problems_is_told_with_file_and_line(
    directory: Path, hub: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    (directory / "segments/tea_lover.yaml").write_text(
        "name: tea_lover\nwhen: {did: Product Viewed, wihtin: 7d}\n"
    )

    code = main.run(["journey", "list", "--strategy", str(directory), "--stage", hub.stage])

    assert code == 1
    assert "segments/tea_lover.yaml:2" in capsys.readouterr().err


def test_asking_for_help_does_not_wait_for_cdk() -> None:
    code = (
        "import sys; from cli import main; main.run(['send', '--help']); sys.exit('aws_cdk' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert done.returncode == 0
