"""`hub profile` and `hub segment` against tables as they are on AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main, strategies
from cli.sending.posting import Endpoint
from cli.target import Target
from hub.clock import DAY, MINUTE, format_instant, real_now
from hub.profiles import Profile
from tests.cli.hub_on_aws import customer, hub_on_aws, keep, write_strategy

NOW = real_now()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_strategy(tmp_path / "strategy")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    with hub_on_aws(monkeypatch) as target:
        yield target


def message(kind: str, ago: int, **fields: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "userId": "anna",
        "anonymousId": "phone-1",
        "timestamp": format_instant(NOW - ago),
        **fields,
    }


def viewed(ago: int, **properties: str) -> dict[str, Any]:
    return message("track", ago, event="Product Viewed", properties={"category": "Tea", **properties})


@pytest.fixture
def anna(hub: Target, directory: Path) -> Profile:
    said = {"email": "Anna@Example.com", "firstName": "Anna"}
    consent = {"consent": {"categoryPreferences": {"advertising": True, "email": False}}}
    line = {"cart_id": "c1", "product_id": "p1", "name": "Green tea", "price": 4.5, "quantity": 2}
    added = message("track", MINUTE, event="Product Added", properties=line)
    messages = (message("identify", DAY, traits=said, context=consent), viewed(DAY), viewed(MINUTE), added)
    return keep(hub, customer(strategies.load(directory), *messages, until=NOW))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main.hub, [*map(str, arguments), "--stage", "dev"])


def shown(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    "who",
    [
        ("--user-id", "anna"),
        ("--email", " ANNA@example.com"),
        ("--anonymous-id", "phone-1"),
    ],
)
def test_a_customer_is_found_by_any_of_her_identifiers(anna: Profile, who: tuple[str, str]) -> None:
    assert shown("profile", "show", *who)["profile_id"] == anna.profile_id
    assert shown("profile", "show", "--id", anna.profile_id)["profile_id"] == anna.profile_id


@pytest.mark.usefixtures("anna")
def test_everything_known_is_shown() -> None:
    found = shown("profile", "show", "--user-id", "anna")

    names = ["profile_id", "identities", "traits", "cart", "segments", "enrollments", "deliveries", "consent"]
    assert list(found) == names
    assert {(one["type"], one["value"]) for one in found["identities"]} == {
        ("user_id", "anna"),
        ("email", "anna@example.com"),
        ("anonymous_id", "phone-1"),
    }
    assert found["traits"]["firstName"] == "Anna"
    assert (found["cart"]["items"], found["cart"]["value"]) == (2, 9.0)
    assert found["segments"]["tea_lover"]["since"] == format_instant(NOW - MINUTE)
    assert found["segments"]["tea_lover"]["because"] == {"holds": True, "counted": 2}
    assert [(one["journey"], one["state"], one["step"]) for one in found["enrollments"]] == [
        ("tea_time", "open", -1)
    ]
    assert {purpose: one["given"] for purpose, one in found["consent"].items()} == {
        "advertising": True,
        "email": False,
    }


@pytest.mark.usefixtures("anna")
def test_people_get_the_same_as_text() -> None:
    output = run("profile", "show", "--user-id", "anna").stdout

    for word in ("anna@example.com", "Green tea", "tea_lover", "tea_time", "advertising"):
        assert word in output


def test_a_customer_nobody_knows_is_an_error_that_names_her(hub: Target) -> None:
    code = main.run(["profile", "show", "--user-id", "nobody", "--stage", hub.stage])

    assert code == 1


@pytest.mark.parametrize(
    "who", [(), ("--user-id", "a", "--email", "b@example.com"), ("--email", "no address")]
)
@pytest.mark.usefixtures("hub")
def test_who_is_meant_must_be_said_once_and_rightly(who: tuple[str, ...]) -> None:
    assert run("profile", "show", *who).exit_code == 2


@pytest.mark.usefixtures("anna")
def test_segments_are_listed_with_their_sizes(directory: Path) -> None:
    rows = shown("segment", "list", "--strategy", directory)

    assert rows == [{"name": "tea_lover", "members": 1, "description": "Looked at tea twice in a week."}]


def test_members_are_listed_with_since_and_because(anna: Profile, directory: Path) -> None:
    rows = shown("segment", "members", "tea_lover", "--strategy", directory)

    assert rows == [
        {
            "profile_id": anna.profile_id,
            "user_id": "anna",
            "anonymous_id": "phone-1",
            "since": format_instant(NOW - MINUTE),
            "because": {"holds": True, "counted": 2},
        }
    ]


@pytest.mark.usefixtures("anna")
def test_a_segment_is_shown_with_its_condition(directory: Path) -> None:
    found = shown("segment", "show", "tea_lover", "--strategy", directory)

    assert found["members"] == 1
    assert found["when"]["all"][0]["did"] == ["Product Viewed"]


@pytest.mark.usefixtures("anna")
def test_a_member_is_explained_by_what_made_her_enter_and_what_holds_now(directory: Path) -> None:
    told = shown("segment", "explain", "tea_lover", "--user-id", "anna", "--strategy", directory)

    assert (told["is_member"], told["because"]) == (True, {"holds": True, "counted": 2})
    assert [part["holds"] for part in told["now"]["all"]] == [True, True]
    assert told["now"]["all"][0]["counted"] == 2


def test_an_outsider_is_told_what_is_missing(hub: Target, directory: Path) -> None:
    ben = message("track", MINUTE, event="Product Viewed", properties={"category": "Tea"}) | {"userId": "ben"}
    keep(hub, customer(strategies.load(directory), ben, until=NOW))

    told = shown("segment", "explain", "tea_lover", "--user-id", "ben", "--strategy", directory)
    text = run("segment", "explain", "tea_lover", "--user-id", "ben", "--strategy", directory).stdout

    assert (told["is_member"], told["since"], told["because"]) == (False, None, None)
    assert [part["holds"] for part in told["now"]["all"]] == [False, False]
    assert "is not in tea_lover" in text
    assert "no " in text


@pytest.mark.usefixtures("hub")
def test_an_unknown_segment_is_wrong_usage_and_the_near_one_is_named(directory: Path) -> None:
    result = run("segment", "members", "tea_lovers", "--strategy", directory)

    assert result.exit_code == 2
    assert "did you mean 'tea_lover'?" in result.stderr


def test_the_address_and_the_write_key_are_known_from_the_stacks_outputs(hub: Target) -> None:
    assert hub.endpoint == Endpoint(url="https://hub.example.com", write_key="wk_1")


def test_a_stage_that_is_not_there_is_told_in_a_sentence(
    hub: Target, directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hub.stage == "dev"

    code = main.run(["segment", "list", "--strategy", str(directory), "--stage", "prod"])

    assert code == 1
    assert "hub-prod" in capsys.readouterr().err
