"""`hub send` against the hub's real front door."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.send import deliver, send
from cli.sending.posting import Endpoint
from hub.clock import DAY, Clock, format_instant, parse_instant, real_now
from tests.cli.door import WRITE_KEY, Door, open_door

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.chdir(tmp_path)
    with open_door() as opened:
        yield opened


def track(user: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": user,
        "timestamp": "2026-01-05T10:00:00Z",
        **fields,
    }


def write(file: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("".join(f"{text}\n" for text in texts))
    return file


def run(door: Door, *arguments: object) -> Result:
    where = ("--endpoint", door.url, "--write-key", WRITE_KEY)
    return CliRunner().invoke(send, [*where, *map(str, arguments)])


def test_every_message_arrives_once_with_its_own_time(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", *(track(f"u{n}", messageId=f"m{n}") for n in range(250)))

    result = run(door, file)

    assert (result.exit_code, result.output) == (0, "250 messages accepted\n")
    assert sorted(event.user_id for event in door.events) == sorted(f"u{n}" for n in range(250))
    assert {event.at for event in door.events} == {parse_instant("2026-01-05T10:00:00Z")}
    assert sorted(len(batch["batch"]) for batch in door.batches) == [50, 100, 100]


def test_a_batch_stays_under_450_kilobytes(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "big.ndjson", *(track("u", properties={"text": "x" * 30_000}) for _ in range(40)))

    result = run(door, file)

    assert result.exit_code == 0
    assert sorted(len(batch["batch"]) for batch in door.batches) == [10, 15, 15]


def test_a_gzipped_file_is_known_by_its_content(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_bytes(gzip.compress(json.dumps(track("anna")).encode() + b"\n"))

    result = run(door, file)

    assert result.exit_code == 0
    assert [event.user_id for event in door.events] == ["anna"]


def test_a_cut_off_gzip_says_which_file_it_is(door: Door, tmp_path: Path) -> None:
    file = tmp_path / "cut.ndjson.gz"
    whole = gzip.compress("".join(json.dumps(track(f"u{n}")) + "\n" for n in range(1000)).encode())
    file.write_bytes(whole[: len(whole) // 2])

    result = run(door, file)

    assert "cut.ndjson.gz" in str(result.exception)


def test_a_sent_at_from_an_earlier_journey_shifts_nothing(door: Door, tmp_path: Path) -> None:
    lately = format_instant(real_now() - DAY)
    old = track("anna", timestamp=lately, sentAt=format_instant(real_now() - DAY + 5_000))

    run(door, write(tmp_path / "events.ndjson", old))

    assert [event.at for event in door.events] == [parse_instant(lately)]


def test_a_message_without_an_id_gets_the_same_one_whenever_its_file_is_sent(
    door: Door, tmp_path: Path
) -> None:
    file = write(tmp_path / "events.ndjson", track("anna"), track("anna"))

    run(door, file)
    run(door, file)

    first, second = ([message["messageId"] for message in batch["batch"]] for batch in door.batches)
    assert first == second
    assert len(set(first)) == 2


def test_lines_that_are_no_messages_are_told_with_their_place_and_the_rest_is_sent(
    door: Door, tmp_path: Path
) -> None:
    file = write(tmp_path / "events.ndjson", track("anna"), "{broken", "", "[1]", track("ben"))

    result = run(door, file, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"accepted": 2, "rejected": 0, "unreadable": 2, "already_sent": 0}
    assert f"{file}:2: not JSON" in result.stderr
    assert f"{file}:4: a JSON object is expected" in result.stderr
    assert sorted(event.user_id for event in door.events) == ["anna", "ben"]


def test_messages_that_the_hub_refuses_are_told_with_their_place_and_reason(
    door: Door, tmp_path: Path
) -> None:
    nobody = {"type": "track", "event": "Product Viewed"}
    file = write(tmp_path / "events.ndjson", "", track("anna"), nobody, track("ben"))

    result = run(door, file, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"accepted": 2, "rejected": 1, "unreadable": 0, "already_sent": 0}
    assert f"{file}:3: " in result.stderr


def test_after_twenty_refused_lines_the_others_are_counted(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", *["nonsense"] * 30)

    result = run(door, file)

    assert result.stderr.count("not JSON") == 20
    assert "... and 10 more lines refused" in result.stderr


@pytest.mark.parametrize("status", [429, 500, 503, 408, 0])
def test_what_may_pass_is_tried_again_with_the_same_messages(door: Door, tmp_path: Path, status: int) -> None:
    door.planned = [(status, {})]

    result = run(door, write(tmp_path / "events.ndjson", track("anna")))

    assert result.exit_code == 0
    first, second = door.batches
    assert first["batch"] == second["batch"]
    assert len(door.events) == 1


def test_a_batch_refused_as_a_whole_is_told_line_by_line(door: Door, tmp_path: Path) -> None:
    door.planned = [(400, {})]
    file = write(tmp_path / "events.ndjson", track("anna"), track("ben"))

    result = run(door, file)

    assert result.exit_code == 1
    assert f"{file}:2: planned: as the test asked" in result.stderr


def test_an_unknown_write_key_stops_at_once(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", track("anna"))

    result = CliRunner().invoke(send, ["--endpoint", door.url, "--write-key", "wrong", str(file)])

    assert "401" in str(result.exception)
    assert "write key" in str(result.exception)
    assert len(door.batches) == 1


def test_a_broken_off_sending_goes_on_where_it_stopped(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", *(track(f"u{n:03}") for n in range(250)))
    door.planned = [(200, {}), (401, {})]

    stopped = run(door, file, "--at-once", 1)
    resumed = run(door, file, "--at-once", 1)

    assert stopped.exit_code == 1
    assert resumed.output == "150 messages accepted (100 lines were done earlier)\n"
    assert [batch["batch"][0]["userId"] for batch in door.batches][-2:] == ["u100", "u200"]


def test_restart_begins_at_the_first_line(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", *(track(f"u{n:03}") for n in range(250)))
    door.planned = [(200, {}), (401, {})]
    run(door, file, "--at-once", 1)

    result = run(door, file, "--restart")

    assert result.output == "250 messages accepted\n"


def test_a_file_that_was_sent_whole_is_sent_again_when_asked_again(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", track("anna"))

    outputs = [run(door, file).output for _ in range(2)]

    assert outputs == ["1 message accepted\n"] * 2


def test_other_content_under_the_same_name_is_another_file(door: Door, tmp_path: Path) -> None:
    file = write(tmp_path / "events.ndjson", *(track(f"u{n:03}") for n in range(250)))
    door.planned = [(200, {}), (401, {})]
    run(door, file, "--at-once", 1)

    result = run(door, write(file, track("anna")))

    assert result.output == "1 message accepted\n"


def test_paced_messages_arrive_when_hub_time_reaches_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    start = parse_instant("2019-10-01T00:00:00Z")
    clock = Clock(speed=7200, origin=real_now(), start=start)
    minutes = (0, 30, 60)
    views = [track(f"u{m:02}", timestamp=f"2019-10-01T{m // 60:02}:{m % 60:02}:00Z") for m in minutes]
    first = write(tmp_path / "first.ndjson", views[0], views[2])
    second = write(tmp_path / "second.ndjson", views[1])
    with open_door(clock) as door:
        where = Endpoint(url=door.url, write_key=WRITE_KEY, clock=clock)

        report = deliver([first, second], where, at_once=2, in_step=True, restart=False)

        assert report.accepted == 3
        assert all("sentAt" in batch for batch in door.batches)
        arrived = {event.user_id: event for event in door.events}
        assert list(arrived) == ["u00", "u30", "u60"]
        for minute in minutes:
            event, due = arrived[f"u{minute:02}"], start + minute * 60_000
            assert due <= event.received_at
            # Sent at its time, by hub time: event time is the message's own but for the way there.
            assert 0 <= event.at - due <= event.received_at - due
        assert arrived["u60"].received_at < start + DAY


def test_ctrl_c_ends_it_at_once_and_what_was_sent_is_known(door: Door, tmp_path: Path) -> None:
    soon, never = (
        track(user, timestamp=when) for user, when in (("anna", "2026-01-05"), ("ben", "2999-01-01"))
    )
    file = write(tmp_path / "events.ndjson", soon, never)
    where = ["--endpoint", door.url, "--write-key", WRITE_KEY]
    command = [sys.executable, "-m", "cli.main", "send", "--paced", *where, str(file)]
    # A shell makes what it starts in the background deaf to Ctrl-C, and that is inherited.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}
    )
    signal.signal(signal.SIGINT, heard)
    with process:
        try:
            while not list(tmp_path.glob(".hub/send/*.json")):
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
    door.planned = [(401, {})]
    resumed = run(door, file)

    assert (process.returncode, said.strip()) == (1, "Error: stopped")
    assert [event.user_id for event in door.events] == ["anna"]
    assert [message["userId"] for message in door.batches[-1]["batch"]] == ["ben"]
    assert resumed.exit_code == 1
