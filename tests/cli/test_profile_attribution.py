"""`hub profile show` tells what led to an order, once an order, and what each touch earned of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from cli import main
from hub.clock import DAY, HOUR
from hub.enrollments import Conversion, TrailTouch
from hub.profiles import Profile
from tests.builders import NOW, enrolled
from tests.cli.hub_on_aws import hub_on_aws, keep

LETTER = TrailTouch(
    "mailer", "send_email", "email", 0, NOW - 7 * DAY, "sent", journey="tea_time", variant="B"
)
ADVERT = TrailTouch("ads", "join", "ads", 1, NOW, "on", journey="welcome", paid=True)


def ordered(profile: Profile, journey: str, **fields: Any) -> None:
    one = enrolled(profile, journey=journey, outcome="goal", closed_at=NOW + HOUR)
    conversion = Conversion(
        enrollment_id=one.enrollment_id, journey=journey, at=NOW + HOUR, order_id="o-1", value=80.0, **fields
    )
    profile.conversions = (*profile.conversions, conversion)


@pytest.fixture(autouse=True)
def _anna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """She bought once, and by that reached the goals of two journeys."""
    profile = Profile("p_anna", identifiers={("user_id", "anna"): (NOW, NOW)})
    ordered(profile, "tea_time", trail=(LETTER, ADVERT))
    ordered(profile, "welcome")
    with hub_on_aws(monkeypatch) as hub:
        keep(hub, profile)
        yield


def told(*more: str) -> str:
    result = CliRunner().invoke(main.hub, ["profile", "show", "--user-id", "anna", "--stage", "dev", *more])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_two_journeys_share_the_record_of_one_order() -> None:
    [record] = json.loads(told("--json"))["attribution"]

    assert (record["order_id"], record["value"], record["journeys"]) == ("o-1", 80.0, ["tea_time", "welcome"])


def test_each_touch_says_where_it_came_from_and_what_it_earned_by_each_model() -> None:
    [record] = json.loads(told("--json"))["attribution"]

    letter, advert = record["trail"]
    assert (letter["journey"], letter["step"], letter["variant"], letter["paid"]) == (
        "tea_time",
        0,
        "B",
        False,
    )
    assert (advert["connector"], advert["variant"], advert["paid"]) == ("ads", None, True)
    assert letter["credit"] == {
        "first": 1, "last": 0, "linear": 0.5, "time_decay": 0.3333, "position": 0.5
    }  # fmt: skip
    assert advert["credit"]["time_decay"] == 0.6667


def test_each_enrollment_still_tells_its_conversion_with_the_trail_of_the_order() -> None:
    conversions = [one["conversion"] for one in json.loads(told("--json"))["enrollments"]]

    assert [(one["order_id"], len(one["trail"])) for one in conversions] == [("o-1", 2), ("o-1", 2)]


def test_people_see_a_line_a_touch() -> None:
    text = told()

    attribution = text.partition("Attribution")[2].partition("Consent")[0]
    assert "o-1 (80.0)" in attribution
    assert all(
        word in attribution for word in ("mailer.send_email", "tea_time 0 B", "ads.join", "67%", "time decay")
    )
