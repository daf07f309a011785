"""`hub profile split` on tables as they are on AWS: two people who were taken for one are two again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main, strategies
from cli.target import Target
from hub.absorbing import absorb
from hub.clock import DAY, HOUR, real_now
from hub.events import accept
from hub.identities import profile_id_for
from hub.rules import Rules
from tests.cli.hub_on_aws import hub_on_aws, write_strategy

NOW = real_now()
ANNA, EVE = profile_id_for(("user_id", "anna")), profile_id_for(("anonymous_id", "a-9"))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_strategy(tmp_path / "strategy")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, directory: Path) -> Iterator[Target]:
    """Eve's cart became part of Anna, who once logged in on Eve's device."""
    tea = {"product_id": "tea", "name": "Green tea", "price": 4.5, "cart_id": "c-9"}
    told: list[dict[str, Any]] = [
        {"type": "track", "event": "Product Added", "anonymousId": "a-9", "properties": tea},
        {"type": "identify", "userId": "anna", "anonymousId": "a-1", "traits": {"firstName": "Anna"}},
        {"type": "identify", "userId": "anna", "anonymousId": "a-9"},
    ]
    rules = Rules(strategies.load(directory))
    with hub_on_aws(monkeypatch) as target:
        for place, message in enumerate(told):
            event = accept({"messageId": f"m{place}", **message}, received_at=NOW - DAY + place * HOUR)
            absorb([event], target.profiles, rules, NOW - DAY + place * HOUR)
        yield target


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main.hub, [*map(str, arguments), "--stage", "dev"])


def split(directory: Path, *options: str) -> Any:
    result = run("profile", "split", "--id", EVE, "--strategy", directory, "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def stored(hub: Target, profile_id: str) -> str:
    found = hub.profiles.get(profile_id)
    assert found
    return found.profile_id


def test_who_became_part_of_a_customer_is_shown_with_what_linked_them(hub: Target) -> None:
    assert hub.stage == "dev"

    found = json.loads(run("profile", "show", "--user-id", "anna", "--json").stdout)

    assert [one["profile_id"] for one in found["merged"]] == [EVE]
    assert [one.partition("#")[0] for one in found["merged"][0]["because"]] == ["anonymous_id", "user_id"]


def test_without_yes_it_is_only_shown_what_would_go_where(hub: Target, directory: Path) -> None:
    told = split(directory)
    text = run("profile", "split", "--id", EVE, "--strategy", directory).stdout

    assert (told["profile_id"], told["merged_into"], told["done"]) == (EVE, ANNA, False)
    assert told["stays"]["identities"] == ["anonymous_id a-1", "user_id anna"]
    assert told["goes"]["identities"] == ["anonymous_id a-9"]
    assert (told["stays"]["cart_lines"], told["goes"]["cart_lines"]) == (0, 1)
    assert (told["stays"]["traits"], told["goes"]["traits"]) == (["firstName"], [])
    assert "Nothing has been changed" in text
    assert stored(hub, EVE) == ANNA


def test_the_ids_in_the_table_can_be_copied(hub: Target, directory: Path) -> None:
    text = run("profile", "split", "--id", EVE, "--strategy", directory).stdout

    (columns,) = [line.split() for line in text.splitlines() if line.startswith("profile ")]
    assert columns == ["profile", ANNA, EVE]
    assert stored(hub, columns[2]) == ANNA


def test_with_yes_they_are_two_and_a_second_time_says_that_there_is_nothing_to_do(
    hub: Target, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = split(directory, "--yes")
    code = main.run(
        ["profile", "split", "--id", EVE, "--strategy", str(directory), "--yes", "--stage", hub.stage]
    )

    assert told["done"] is True
    assert (stored(hub, EVE), stored(hub, ANNA)) == (EVE, ANNA)
    assert hub.profiles.find([("anonymous_id", "a-9")]) == {("anonymous_id", "a-9"): EVE}
    assert code == 1
    assert f"{EVE} is part of nobody" in capsys.readouterr().err


def test_after_it_an_event_of_her_device_is_hers(hub: Target, directory: Path) -> None:
    split(directory, "--yes")
    later = accept({"messageId": "m9", "type": "page", "anonymousId": "a-9"}, received_at=NOW)

    absorb([later], hub.profiles, Rules(strategies.load(directory)), NOW)

    eve = hub.profiles.get(EVE)
    assert eve
    assert (eve.profile_id, eve.last_own_at) == (EVE, NOW)
