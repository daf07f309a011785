"""`hub import` against the hub's real front door."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from hub.clock import parse_instant
from hub.identities import Reader
from hub.rules import Rules
from hub.strategy.strategy import Strategy
from tests.cli.door import WRITE_KEY, Door, open_door
from tests.cli.hub_on_aws import write_strategy

POLICY = """
identifiers: {priority: [user_id, email, phone, anonymous_id, loyalty_card]}
sources:
  website: {party: first}
  partner: {party: third, region: CZ}
"""
PLAN = """
events: {Product Viewed: {}, Order Completed: {}}
traits: {properties: {tier: {enum: [gold, silver], on_violation: quarantine}}}
"""
TWO = "email,city,tier\nanna@shop.cz,Praha,gold\nben@shop.cz,Brno,\n"


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    directory = write_strategy(tmp_path / "strategy")
    (directory / "policy.yaml").write_text(POLICY)
    (directory / "tracking_plan.yaml").write_text(PLAN)
    monkeypatch.chdir(tmp_path)
    with open_door() as opened:
        yield opened


def table(text: str, name: str = "people.csv") -> Path:
    file = Path(name)
    file.write_text(text, encoding="utf-8")
    return file


def run(door: Door, *arguments: object, source: str = "partner") -> Result:
    where = ("--endpoint", door.url, "--write-key", WRITE_KEY, "--source", source)
    return CliRunner().invoke(main.hub, ["import", *map(str, arguments), *where])


def told(door: Door) -> list[dict[str, Any]]:
    return sorted(
        (message for batch in door.batches for message in batch["batch"]), key=lambda one: one["messageId"]
    )


def by_email(door: Door) -> dict[str, dict[str, Any]]:
    return {message["traits"]["email"]: message for message in told(door)}


def test_each_row_says_of_its_customer_what_the_source_knows(door: Door) -> None:
    result = run(door, table(TWO))

    assert (result.exit_code, result.stdout) == (0, "2 rows taken in as third-party traits of partner\n")
    anna, ben = by_email(door)["anna@shop.cz"], by_email(door)["ben@shop.cz"]
    assert anna["type"] == "identify"
    assert anna["traits"] == {"email": "anna@shop.cz", "city": "Praha", "tier": "gold"}
    assert anna["context"] == {"import": {"file": "people.csv", "row": 2}}
    assert "timestamp" not in anna
    assert ben["traits"] == {"email": "ben@shop.cz", "city": "Brno"}
    assert len(door.events) == 2


def test_who_has_neither_user_nor_anonymous_id_gets_one_made_of_what_he_has(door: Door) -> None:
    """The same in every import, and in whatever spelling: it is the address's, and joins nobody else."""
    run(door, table(TWO))
    run(door, table("email,city\n Anna@SHOP.cz ,Plzeň\n", "later.csv"))

    ids = [(event.traits["city"], event.anonymous_id) for event in door.events]
    assert len({one for _, one in ids}) == 2
    assert dict(ids)["Praha"] == dict(ids)["Plzeň"]
    assert all(one.startswith("import_") for _, one in ids)


def test_columns_are_named_chosen_and_renamed(door: Door) -> None:
    file = table(
        "nr;mail;tel;card;mesto;note;when\n7;anna@shop.cz;601 123 456;c-9;Praha;x;2026-03-01T10:00:00+01:00\n"
    )
    ids = [f"--id={one}" for one in ("user_id=nr", "email=mail", "phone=tel", "loyalty_card=card")]

    result = run(door, file, *ids, "--traits", "mesto", "--rename", "mesto=city", "--at", "when")

    assert result.exit_code == 0, result.output
    [event] = door.events
    assert (event.user_id, event.anonymous_id) == ("7", "")
    assert event.traits == {"city": "Praha", "email": "anna@shop.cz", "phone": "601 123 456"}
    assert event.context["externalIds"] == [{"id": "c-9", "type": "loyalty_card"}]
    assert event.at == parse_instant("2026-03-01T09:00:00Z")
    reader = Reader(["user_id", "email", "phone", "anonymous_id", "loyalty_card"], regions={"shop": "CZ"})
    assert dict(reader.of(event)) == {
        "user_id": "7",
        "email": "anna@shop.cz",
        "phone": "+420601123456",
        "loyalty_card": "c-9",
    }


def test_lines_of_json_may_have_columns_in_columns_and_keep_their_types(door: Door) -> None:
    rows = [{"contact": {"email": "anna@shop.cz"}, "score": 7, "member": True, "gone": None}]
    file = Path("people.ndjson.gz")
    file.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))

    result = run(door, file, "--id", "email=contact.email", "--traits", "score,member,gone")

    assert result.exit_code == 0, result.output
    [message] = told(door)
    assert message["traits"] == {"email": "anna@shop.cz", "score": 7, "member": True}


def test_numbers_that_a_database_wrote_are_ids_and_telephone_numbers_too(door: Door) -> None:
    rows = [
        {"user_id": 77, "phone": 420601123456, "score": 7},
        {"user_id": 78.0, "phone": 601123457, "score": 7},
        {"user_id": "79", "score": 7},
    ]
    file = Path("people.ndjson")
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    result = run(door, file, "--id", "user_id=user_id", "--id", "phone=phone", "--traits", "score")

    assert result.exit_code == 0, result.output
    reader = Reader(regions={"shop": "CZ"})
    assert [dict(reader.of(event)) for event in sorted(door.events, key=lambda one: one.user_id)] == [
        {"user_id": "77", "phone": "+420601123456"},
        {"user_id": "78", "phone": "+420601123457"},
        {"user_id": "79"},
    ]


def test_the_same_rows_again_are_the_same_messages_wherever_they_stand(door: Door) -> None:
    run(door, table(TWO))
    run(door, table("email,city,tier\nben@shop.cz,Brno,\nanna@shop.cz,Praha,gold\n", "other.csv"))

    assert len(told(door)) == 4
    assert len({message["messageId"] for message in told(door)}) == 2


def test_a_row_that_says_something_else_is_another_message(door: Door) -> None:
    file = table(TWO)
    run(door, file)
    run(door, file, "--traits", "city")

    assert len({message["messageId"] for message in told(door)}) == 3


BAD = """email,phone,city,tier
anna@shop.cz,,Praha,gold
ben at home,,Brno,gold
,,Plzeň,gold
cyril@shop.cz,12,Praha,gold
dana@shop.cz,,Praha,bronze
ema@shop.cz,,Praha
"""


def test_bad_rows_are_told_by_line_with_what_to_do_and_nothing_is_sent(door: Door) -> None:
    result = run(door, table(BAD))

    said = result.stderr
    assert isinstance(result.exception, Exception)
    assert "5 rows of 6 cannot be used; nothing was sent" in str(result.exception)
    assert "people.csv:3: email 'ben at home' is no e-mail address" in said
    assert "people.csv:4: nobody: " in said
    assert "people.csv:5: phone '12' is no telephone number: write it with its country" in said
    assert "people.csv:6: the tracking plan would set it aside: traits.tier" in said
    assert "people.csv:7: 3 values for 4 columns" in said
    assert door.batches == []


def test_the_good_rows_may_be_sent_all_the_same(door: Door) -> None:
    result = run(door, table(BAD), "--skip-bad", "--json")

    assert result.exit_code == 0, result.output
    counts = json.loads(result.stdout)
    assert (counts["accepted"], counts["bad"], counts["party"]) == (1, 5, "third")
    assert list(by_email(door)) == ["anna@shop.cz"]


def test_a_dry_run_shows_the_first_message_and_sends_nothing(door: Door) -> None:
    result = run(door, table(TWO), "--dry-run", "--json")

    shown = json.loads(result.stdout)
    assert (shown["rows"], shown["bad"]) == (2, 0)
    assert shown["first"]["traits"]["city"] == "Praha"
    assert door.batches == []


def test_a_value_may_have_delimiters_and_line_ends_in_it(door: Door) -> None:
    file = table('email,about\nanna@shop.cz,"likes tea,\n\nand quiet"\nben@shop.cz,x\nbad,y\n')

    result = run(door, file, "--skip-bad")

    assert by_email(door)["anna@shop.cz"]["traits"]["about"] == "likes tea,\n\nand quiet"
    assert by_email(door)["ben@shop.cz"]["context"]["import"]["row"] == 5
    assert "people.csv:6: email 'bad'" in result.stderr


def test_a_quote_that_is_not_closed_is_told_where_it_opens(door: Door) -> None:
    result = run(door, table('email,about\nanna@shop.cz,"likes tea\nben@shop.cz,x\n'))

    assert "people.csv:2: not CSV" in result.stderr
    assert door.batches == []


def test_a_broken_off_import_goes_on_where_it_stopped(door: Door) -> None:
    file = table("email,n\n" + "".join(f"u{n:03}@shop.cz,{n}\n" for n in range(1_000)))
    door.refuses = lambda batch: int(batch["batch"][0]["traits"]["n"]) >= 200

    stopped = run(door, file)
    door.refuses = lambda _batch: False
    resumed = run(door, file)

    assert stopped.exception is not None
    assert resumed.exit_code == 0, resumed.output
    assert resumed.stdout.startswith(
        "800 rows taken in as third-party traits of partner (201 lines were done"
    )
    taken = Counter(int(event.traits["n"]) for event in door.events)
    assert sorted(taken) == list(range(1_000))
    assert all(taken[n] == 1 for n in range(200))


def test_a_source_must_be_named_in_the_policy(door: Door) -> None:
    result = run(door, table(TWO), source="broker")

    assert "policy.yaml names no source 'broker': write `broker: {party: third}`" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (["--id", "email=mail"], "there is no column mail: there are city, email, tier"),
        (["--id", "e_mail=email"], "policy.yaml knows user_id, email"),
        (["--id", "email"], "write it as X=Y"),
        (["--traits", "town"], "there is no column town"),
        (["--at", "when"], "there is no column when"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(door: Door, options: list[str], advice: str) -> None:
    result = run(door, table(TWO), *options)

    assert result.exit_code == 2
    assert advice in result.stderr.replace("\n", " ")


def test_a_table_must_say_who_it_is_about(door: Door) -> None:
    result = run(door, table("name,city\nAnna,Praha\n"))

    assert result.exit_code == 2
    assert "say with --id who a row is about, e.g. --id email=city" in result.stderr.replace("\n", " ")


@pytest.mark.parametrize("text", ["", "email,email\na@b.cz,c@d.cz\n", "email,\na@b.cz,x\n"])
def test_a_file_without_a_usable_head_is_told(door: Door, text: str) -> None:
    assert "people.csv" in str(run(door, table(text)).exception)


def test_its_traits_never_win_over_what_was_seen(door: Door) -> None:
    strategy = Strategy.model_validate({"policy": {"sources": {"shop": {"party": "third"}}}})
    run(door, table(TWO))

    assert {Rules(strategy).party_of(event.source) for event in door.events} == {"third"}
