"""`hub profile` and `hub segment` against tables as they are on AWS."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main, strategies
from cli.sending.posting import Endpoint
from cli.target import Target
from hub.clock import DAY, MINUTE, format_instant, real_now
from hub.definitions import wanted
from hub.leads import Lead
from hub.profiles import Profile
from tests.cli.hub_on_aws import customer, deploy, hub_on_aws, keep, write_strategy

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
    strategy = strategies.load(directory)
    deploy(hub, strategy, NOW)
    return keep(hub, customer(strategy, *messages, until=NOW))


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

    known = "profile_id identities traits orders cart segments enrollments deliveries attribution consent"
    assert list(found) == [*known.split(), "merged", "predicted"]
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


def test_what_her_orders_come_to_is_shown(hub: Target, directory: Path) -> None:
    order = message("track", DAY, event="Order Completed", properties={"order_id": "o1", "revenue": 40})
    refund = message("track", 0, event="Order Refunded", properties={"order_id": "o1", "revenue": 15.5})
    keep(hub, customer(strategies.load(directory), order, refund, until=NOW))

    assert shown("profile", "show", "--user-id", "anna")["orders"] == {
        "count": 1,
        "revenue": 40,
        "refunds": 1,
        "refunded": 15.5,
        "cancelled": 0,
        "net": 24.5,
        "average": 40,
        "first_at": format_instant(NOW - DAY),
        "last_at": format_instant(NOW - DAY),
    }
    assert "24.5" in run("profile", "show", "--user-id", "anna").stdout


def test_what_is_foretold_of_her_is_shown_with_what_each_feature_adds(hub: Target, directory: Path) -> None:
    (directory / "models").mkdir()
    model = {"name": "churn", "trait": "churn_risk", "link": "linear", "intercept": 0.1}
    told = {**model, "coefficients": {"recency_days": 0.25, "frequency": -0.05}}
    (directory / "models" / "churn.json").write_text(json.dumps(told))
    order = message("track", 2 * DAY, event="Order Completed", properties={"order_id": "o1", "revenue": 40})
    keep(hub, customer(strategies.load(directory), order, until=NOW))
    asked = ("profile", "show", "--user-id", "anna", "--strategy", str(directory))

    found = shown(*asked)["predicted"]["churn_risk"]

    assert (found["value"], found["model"]) == (0.55, "churn")
    assert found["features"]["recency_days"] == {"value": 2, "weight": 0.25, "adds": 0.5}
    assert "recency_days 2 adds 0.5" in " ".join(run(*asked).stdout.split())


def test_with_its_history_every_value_of_a_trait_is_shown_with_who_said_it(
    hub: Target, directory: Path
) -> None:
    said = [
        message("identify", ago, messageId=f"m{ago}", traits={"city": city})
        for ago, city in ((MINUTE, "Praha"), (DAY, "Brno"))
    ]
    keep(hub, customer(strategies.load(directory), *said, until=NOW))

    history = shown("profile", "show", "--user-id", "anna", "--history")["history"]

    assert [(one["value"], one["party"], one["at"], one["message_id"]) for one in history["city"]] == [
        ("Praha", "first", format_instant(NOW - MINUTE), f"m{MINUTE}"),
        ("Brno", "first", format_instant(NOW - DAY), f"m{DAY}"),
    ]
    assert "history" not in shown("profile", "show", "--user-id", "anna")
    assert "Brno" in run("profile", "show", "--user-id", "anna", "--history").stdout


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


@pytest.mark.parametrize(
    ("who", "advice"),
    [
        (("--phone", "603123456"), "write it with its country (+420 …)"),
        (("--email", "anna"), "this is no e-mail address"),
        (("--user-id", "null"), "this stands for nobody"),
    ],
)
@pytest.mark.usefixtures("hub")
def test_an_identifier_that_is_none_is_said_to_be_so_with_what_is_wrong(
    who: tuple[str, str], advice: str
) -> None:
    result = run("profile", "show", *who)

    assert (result.exit_code, advice in result.stderr) == (2, True)


def test_an_identifier_that_is_quarantined_is_said_to_be_so_since_when(hub: Target, anna: Profile) -> None:
    address = ("email", "anna@example.com")
    hub.profiles.point(address, Lead(profile_id=anna.profile_id, quarantined_at=NOW))

    found = shown("profile", "show", "--user-id", "anna")["identities"]

    assert {one["value"]: one["quarantined_at"] for one in found} == {
        "anna@example.com": format_instant(NOW),
        "anna": None,
        "phone-1": None,
    }
    assert "quarantined" in run("profile", "show", "--user-id", "anna").stdout


@pytest.mark.usefixtures("anna")
def test_live_segments_are_listed_with_their_sizes() -> None:
    [row] = shown("segment", "list")

    told = {"name": "tea_lover", "members": 1, "description": "Looked at tea twice in a week."}
    assert row == told | {"reconciled_at": None, "version": row["version"]}
    assert row["version"]


@pytest.mark.usefixtures("hub")
def test_where_nothing_is_live_the_listing_says_so() -> None:
    assert run("segment", "list").stdout == "no segment is live\n"
    assert "there is no segment 'tea_lover', nor any other" in run("segment", "show", "tea_lover").stderr


def test_a_segment_is_listed_and_shown_with_its_version_and_since_when_its_size_is_sure(
    hub: Target, anna: Profile, directory: Path
) -> None:
    for definition in wanted(strategies.load(directory), NOW).values():
        hub.definitions.put(replace(definition, filled_at=NOW + 1, former=(("0a0b0c0d", 0),)))
    hub.segments.leave("tea_lover", anna.profile_id)
    hub.segments.put_right(hub.segments.counted("tea_lover"), NOW)

    [row] = shown("segment", "list")
    found = shown("segment", "show", "tea_lover")

    assert (row["members"], row["reconciled_at"]) == (0, format_instant(NOW))
    assert found["version"] == row["version"] == hub.definitions.all()["segment", "tea_lover"].version
    assert (found["live_since"], found["backfilled_at"]) == (format_instant(NOW), format_instant(NOW + 1))
    assert found["former_versions"] == [{"version": "0a0b0c0d", "live_since": "1970-01-01T00:00:00Z"}]


def test_members_are_listed_with_since_and_because(anna: Profile) -> None:
    rows = shown("segment", "members", "tea_lover")

    assert rows == [
        {
            "profile_id": anna.profile_id,
            "user_id": "anna",
            "anonymous_id": "phone-1",
            "since": format_instant(NOW - MINUTE),
            "version": "v1",
            "because": {"holds": True, "counted": 2},
        }
    ]


@pytest.mark.usefixtures("anna")
def test_a_segment_is_shown_with_its_condition_and_windows_as_they_are_written() -> None:
    found = shown("segment", "show", "tea_lover")

    assert found["members"] == 1
    views = {"did": ["Product Viewed"], "where": {"category": {"is": "Tea"}}, "within": "7d", "at_least": 2}
    assert found["when"]["all"][0] == views


@pytest.mark.usefixtures("anna")
@pytest.mark.parametrize("word", [("show",), ("explain", "--user-id", "anna")])
def test_where_the_files_have_another_version_the_live_one_is_told_and_a_line_says_so(
    directory: Path, word: tuple[str, ...]
) -> None:
    file = directory / "segments" / "tea_lover.yaml"
    asked = ("segment", word[0], "tea_lover", *word[1:], "--strategy", directory, "--json")
    before = run(*asked)
    file.write_text(file.read_text().replace("at_least: 2", "at_least: 3"))

    after = run(*asked)

    assert json.loads(after.stdout) == json.loads(before.stdout)
    advice = f"{file} is another version, not deployed: hub segment preview {file}\n"
    assert (before.stderr, after.stderr) == ("", advice)


@pytest.mark.usefixtures("anna")
def test_a_rule_is_told_where_no_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.parent)

    assert shown("segment", "show", "tea_lover")["members"] == 1
    assert shown("segment", "explain", "tea_lover", "--user-id", "anna")["now"]["holds"] is True


@pytest.mark.usefixtures("anna")
def test_a_member_is_explained_by_what_made_her_enter_and_what_holds_now(directory: Path) -> None:
    told = shown("segment", "explain", "tea_lover", "--user-id", "anna", "--strategy", directory)

    assert (told["is_member"], told["because"]) == (True, {"holds": True, "counted": 2})
    assert [part["holds"] for part in told["now"]["all"]] == [True, True]
    assert told["now"]["all"][0]["counted"] == 2
    assert told["version"] == "v1"
    # Of the two views one is a day old: in six days it counts no more.
    assert told["turns_at"] == format_instant(NOW + 6 * DAY)


def test_an_outsider_is_told_what_is_missing(hub: Target, directory: Path) -> None:
    ben = message("track", MINUTE, event="Product Viewed", properties={"category": "Tea"}) | {"userId": "ben"}
    deploy(hub, strategies.load(directory))
    keep(hub, customer(strategies.load(directory), ben, until=NOW))

    told = shown("segment", "explain", "tea_lover", "--user-id", "ben", "--strategy", directory)
    text = run("segment", "explain", "tea_lover", "--user-id", "ben", "--strategy", directory).stdout

    assert (told["is_member"], told["since"], told["because"]) == (False, None, None)
    views, address = told["now"]["all"]
    assert (views["holds"], views["missing"]) == (False, "has 1, needs 2")
    assert views["asks"] == "did Product Viewed where category is Tea within 7d at least 2 times"
    assert (address["holds"], address["missing"]) == (False, "no email is known of her")
    assert told["turns_at"] is None
    for words in ("is not in tea_lover", "has 1, needs 2", "stays out as long as nothing happens but time"):
        assert words in text


@pytest.mark.usefixtures("anna")
def test_an_unknown_segment_is_wrong_usage_and_the_near_one_is_named() -> None:
    result = run("segment", "members", "tea_lovers")

    assert result.exit_code == 2
    assert "did you mean 'tea_lover'?" in result.stderr


def test_the_address_and_the_write_key_are_known_from_the_stacks_outputs(hub: Target) -> None:
    assert hub.endpoint == Endpoint(url="https://hub.example.com", write_key="wk_1")


def test_a_stage_that_is_not_there_is_told_in_a_sentence(
    hub: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    assert hub.stage == "dev"

    code = main.run(["segment", "list", "--stage", "prod"])

    assert code == 1
    assert "hub-prod" in capsys.readouterr().err
