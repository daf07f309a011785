"""`hub segment backfill`: started once, seen on its way and at its end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from cli import main, strategies
from cli.target import Target
from hub.backfilling import BackfillRun, Part
from hub.clock import format_instant, real_now
from tests.cli.hub_on_aws import BACKFILL, deploy, hub_on_aws, write_strategy
from tests.conftest import MACHINES_RUN
from tests.moto_machines import ROLE

NOW = real_now()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    with hub_on_aws(monkeypatch, config=MACHINES_RUN) as target:
        yield target


def a_machine(**state: Any) -> Any:
    """The back-fill's machine with one state, which ends as it is told."""
    client: Any = boto3.client("stepfunctions")
    definition = json.dumps({"StartAt": "Only", "States": {"Only": state}})
    client.create_state_machine(name=BACKFILL.rpartition(":")[2], definition=definition, roleArn=ROLE)
    return client


def backfill(*arguments: str) -> tuple[int, Any]:
    """Exit code, and what was told."""
    told = ["segment", "backfill", *arguments, "--stage", "dev", "--json"]
    result = CliRunner().invoke(main.hub, told)
    return result.exit_code, json.loads(result.stdout) if result.stdout else result.stderr


def on_its_way(hub: Target) -> None:
    run = BackfillRun(
        run="r1", began_at=NOW, names=("segment:vip",), items=30, parts=2, spans=3, recalled=("page",)
    )
    hub.backfills.put_run(run)
    for part in (
        Part(run="r1", kind="recall", number=0, items=4, seen=100, changed=7, done=True),
        Part(run="r1", kind="scan", number=0, items=10, seen=5, changed=2, done=True),
        Part(run="r1", kind="scan", number=1, items=12, seen=4, changed=1),
        Part(run="an older one", kind="scan", number=2, items=99, seen=99, changed=99, done=True),
    ):
        hub.backfills.put_part(part)


def test_where_nothing_changed_nothing_is_done(hub: Target) -> None:
    client = a_machine(Type="Pass", End=True)

    told = backfill()

    [started] = client.list_executions(stateMachineArn=hub.output("BackfillMachine"))["executions"]
    asked = client.describe_execution(executionArn=started["executionArn"])["input"]
    assert told == (0, {"state": "nothing changed"})
    assert json.loads(asked) == {"do": "begin", "segments": []}


def test_a_segment_can_be_done_again_by_its_name(hub: Target, tmp_path: Path) -> None:
    deploy(hub, strategies.load(write_strategy(tmp_path / "strategy")))
    client = a_machine(Type="Pass", End=True)

    backfill("tea_lover")

    [started] = client.list_executions(stateMachineArn=hub.output("BackfillMachine"))["executions"]
    asked = client.describe_execution(executionArn=started["executionArn"])["input"]
    assert json.loads(asked)["segments"] == ["tea_lover"]


def test_everybody_can_be_said_anew(hub: Target) -> None:
    client = a_machine(Type="Pass", End=True)

    backfill("--anew")

    [started] = client.list_executions(stateMachineArn=hub.output("BackfillMachine"))["executions"]
    asked = client.describe_execution(executionArn=started["executionArn"])["input"]
    assert json.loads(asked) == {"do": "anew", "segments": []}


def test_nobody_is_said_anew_for_one_segment(hub: Target) -> None:
    assert hub
    assert backfill("tea_lover", "--anew")[0] == 2


def test_while_another_one_runs_nobody_is_said_anew_and_that_is_told(hub: Target) -> None:
    """Shown as if it were what was asked for, it would be taken for it."""
    client = a_machine(Type="Wait", Seconds=3, End=True)
    client.start_execution(stateMachineArn=BACKFILL, name="r1", input="{}")
    on_its_way(hub)

    result = main.run(["segment", "backfill", "--anew", "--stage", "dev"])

    assert result == 1
    assert len(client.list_executions(stateMachineArn=BACKFILL)["executions"]) == 1


def test_a_name_that_no_segment_has_is_wrong_usage(hub: Target) -> None:
    assert hub
    assert backfill("coffee_lover")[0] == 2


def test_one_that_runs_is_shown_and_no_second_one_is_started(hub: Target) -> None:
    client = a_machine(Type="Wait", Seconds=3, End=True)
    client.start_execution(stateMachineArn=BACKFILL, name="r1", input="{}")
    on_its_way(hub)

    told = backfill()

    assert told == (
        0,
        {
            "state": "running",
            "for": ["segment:vip"],
            "recalled": ["page"],
            "began_at": format_instant(NOW),
            "ended_at": None,
            "profiles_seen": 9,
            "profiles_changed": 3,
            "parts": "1 of 2",
            "events_recalled": 7,
            "hours_of_the_archive": "1 of 3",
        },
    )
    assert len(client.list_executions(stateMachineArn=BACKFILL)["executions"]) == 1


def test_it_can_be_watched_to_its_end(hub: Target) -> None:
    client = a_machine(Type="Wait", Seconds=1, End=True)
    client.start_execution(stateMachineArn=BACKFILL, name="r1", input="{}")
    on_its_way(hub)

    code, told = backfill("--watch")

    assert (code, told["state"]) == (0, "through")


def test_one_that_failed_says_where_to_look(hub: Target) -> None:
    assert hub
    a_machine(Type="Fail", Error="Oops")

    result = main.run(["segment", "backfill", "--stage", "dev"])

    assert result == 1
