"""What commands that ask a running hub take for its files."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import live, local_stack, main, strategies
from cli.local_stack import StackInfo
from tests.cli.test_local_stack import an_info


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> StackInfo:
    info = an_info(strategy=str(tmp_path / "of_the_stack"))
    monkeypatch.setattr(local_stack, "current", lambda: info)
    return info


def test_the_stack_here_says_which_files_it_was_started_with(stack: StackInfo) -> None:
    assert live.directory_of(None) == Path(stack.strategy)


@pytest.mark.usefixtures("stack")
def test_a_hub_on_aws_has_the_files_of_the_folder_one_stands_in() -> None:
    assert live.directory_of("prod") == strategies.DEFAULT


def test_without_a_stack_the_files_are_those_of_the_folder_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_stack, "current", lambda: None)

    assert live.directory_of(None) == strategies.DEFAULT


@pytest.mark.parametrize(
    "command",
    [["journey", "list"], ["profile", "split", "--id", "p_1"], ["quarantine", "redrive"], ["demo"]],
)
def test_a_command_without_a_directory_works_with_the_files_of_the_stack(
    stack: StackInfo, command: list[str]
) -> None:
    result = CliRunner().invoke(main.hub, command)

    assert f"{stack.strategy} is no directory: say with --strategy" in result.stderr


def test_a_directory_that_is_given_is_the_one_that_is_read(stack: StackInfo, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "policy.yaml").write_text("hold_out: 5%\n")

    result = CliRunner().invoke(main.hub, ["journey", "show", "x", "--strategy", str(given)])

    assert stack.strategy not in str(result.exception)
    assert str(given) in str(result.exception)
