"""What update_profiles keeps out of profiles: robots, what the tracking plan sets aside, and poison."""

import json
from typing import Any

import boto3
import pytest

from hub.aws import bootstrap
from hub.aws.quarantine import QuarantineBucket
from hub.events import Event, to_json
from hub.identities import profile_id_for
from hub.strategy.strategy import Strategy
from tests.functions.lambdas import Lambdas
from tests.lambda_events import failed_of, sqs_event
from tests.shoppers import NOON, identify, strategy, track
from update_profiles import handler

ANNA, BEN = profile_id_for(("user_id", "u-1")), profile_id_for(("user_id", "u-2"))
BENS: dict[str, Any] = {"user_id": "u-2", "anonymous_id": "a-2"}
ROBOT = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
PLAN = {
    "events": {
        "Product Viewed": {"required": ["product_id"], "properties": {"price": {"type": "number"}}},
        "Product Added": {},
    }
}
TEA = {"product_id": "tea", "price": 12.5}


def planned(**plan: Any) -> Strategy:
    written = json.loads(strategy().to_json())
    return Strategy.model_validate(written | {"tracking_plan": PLAN | plan})


def body(*events: Event) -> dict[str, Any]:
    return {"events": [to_json(event) for event in events]}


def handle(*bodies: object, receives: int = 1) -> list[str]:
    return failed_of(handler(sqs_event(*bodies, receives=receives), None))


def quarantined(lambdas: Lambdas) -> list[Event]:
    store = QuarantineBucket(boto3.client("s3"), lambdas.stack.archive)
    return [one.event for parcel in store.parcels() for one in parcel.kept]


def ring(lambdas: Lambdas, profile_id: str) -> int:
    found = lambdas.profiles.get(profile_id)
    return len(found.ring) if found else 0


def numbers(printed: str) -> dict[str, list[float]]:
    """What the metric lines say."""
    lines = [json.loads(line) for line in printed.splitlines() if '"_aws"' in line]
    return {name: value for line in lines for name, value in line.items() if isinstance(value, list)}


@pytest.fixture
def planning(lambdas: Lambdas) -> Lambdas:
    lambdas.follow(planned())
    return lambdas


def test_an_event_that_lacks_something_required_is_set_aside_and_the_others_are_taken_in(
    planning: Lambdas, capsys: pytest.CaptureFixture[str]
) -> None:
    incomplete = track("Product Viewed", NOON + 2)

    failed = handle(
        body(track("Product Viewed", NOON + 1, properties=TEA), incomplete), body(identify(**BENS))
    )

    assert failed == []
    assert (ring(planning, ANNA), ring(planning, BEN)) == (1, 1)
    assert quarantined(planning) == [incomplete]
    assert numbers(capsys.readouterr().out)["EventsQuarantined"] == [1.0]


def test_a_batch_that_comes_again_sets_nothing_aside_twice(planning: Lambdas) -> None:
    batch = [body(track("Product Viewed", NOON + 2)), body(track("Product Viewed", NOON + 3, **BENS))]

    handle(*batch)
    handle(*batch)

    assert len(quarantined(planning)) == 2


def test_what_only_warns_is_taken_in_and_told_without_a_value(
    planning: Lambdas, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    cheap = {"product_id": "tea", "price": "a secret price"}

    handle(body(*(track("Product Viewed", NOON + second, properties=cheap) for second in range(3))))

    [told] = [vars(record) for record in caplog.records if "tracking plan" in record.message]
    assert ring(planning, ANNA) == 3
    assert told["kinds"] == [
        {"event": "Product Viewed", "path": "price", "rule": "is string, not number", "events": 3}
    ]
    assert numbers(capsys.readouterr().out)["PlanViolations"] == [3.0]
    assert "a secret price" not in str(told)


def test_a_log_line_names_at_most_twenty_kinds(lambdas: Lambdas, caplog: pytest.LogCaptureFixture) -> None:
    wrong = {f"p{number}": "text" for number in range(30)}
    shape = {"properties": {name: {"type": "number"} for name in wrong}}
    lambdas.follow(planned(events={"Product Viewed": shape}))

    handle(body(track("Product Viewed", properties=wrong)))

    [told] = [vars(record) for record in caplog.records if "tracking plan" in record.message]
    assert len(told["kinds"]) == 20


def test_what_cannot_be_set_aside_comes_again_and_the_others_are_taken_in(planning: Lambdas) -> None:
    boto3.client("s3").delete_bucket(Bucket=planning.stack.archive)

    failed = handle(body(identify(**BENS)), body(identify(), track("Product Viewed", NOON + 2)))

    assert failed == ["m-1"]
    assert (ring(planning, ANNA), ring(planning, BEN)) == (1, 1)


def test_robots_become_no_customers_and_are_counted(
    lambdas: Lambdas, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = handle(body(track("Product Viewed", context=ROBOT), identify(**BENS)))

    assert failed == []
    assert (ring(lambdas, ANNA), ring(lambdas, BEN)) == (0, 1)
    assert numbers(capsys.readouterr().out)["BotEvents"] == [1.0]


def test_a_policy_may_make_customers_of_robots(lambdas: Lambdas) -> None:
    lambdas.follow(strategy(bots="keep"))

    handle(body(track("Product Viewed", context=ROBOT)))

    assert ring(lambdas, ANNA) == 1


def poisonous(at: int = NOON + 5) -> Event:
    """Nothing can be made of the list where a cart keeps a product's name."""
    return track("Product Added", at, message_id="poison", properties={"product_id": ["no", "text"]})


class Choke:
    """A rule that fails on one event: what a mistake of ours would do."""

    def __init__(self, lambdas: Lambdas, monkeypatch: pytest.MonkeyPatch) -> None:
        path = str(lambdas.directory)
        self._rules = bootstrap.rules(path)
        whole = self._rules.specs_for

        def specs_for(event: Event) -> Any:
            if event.message_id == "poison":
                raise KeyError(event.properties)
            return whole(event)

        monkeypatch.setattr(self._rules, "specs_for", specs_for)


@pytest.fixture
def choking(lambdas: Lambdas, monkeypatch: pytest.MonkeyPatch) -> Lambdas:
    Choke(lambdas, monkeypatch)
    return lambdas


def test_an_event_that_cannot_be_folded_comes_again_and_the_others_of_its_customer_are_taken_in(
    choking: Lambdas,
) -> None:
    around = [track("Product Viewed", NOON + second) for second in range(10)]

    failed = handle(body(*around[:5], poisonous(), *around[5:]), body(identify(**BENS)))

    assert failed == ["m-0"]
    assert (ring(choking, ANNA), ring(choking, BEN)) == (10, 1)
    assert choking.dead_letters() == []


def test_the_last_time_it_is_given_up_by_itself_with_the_reason(
    choking: Lambdas, caplog: pytest.LogCaptureFixture
) -> None:
    message = body(track("Product Viewed", NOON), poisonous(), identify(**BENS))
    handle(message, receives=4)

    failed = handle(message, receives=5)

    [(given_up, reason)] = choking.dead_letters()
    assert failed == []
    assert json.loads(given_up) == body(poisonous())
    assert reason.startswith("KeyError in profiles.py:")
    assert (ring(choking, ANNA), ring(choking, BEN)) == (1, 1)
    assert "no, text" not in str([vars(record) for record in caplog.records])


def test_a_letter_that_cannot_be_put_away_comes_again(choking: Lambdas) -> None:
    choking.sqs.delete_queue(QueueUrl=choking.stack.queue("events-dead"))

    failed = handle(body(poisonous()), "no JSON", body(identify(**BENS)), receives=5)

    assert failed == ["m-0", "m-1"]
    assert ring(choking, BEN) == 1


def test_what_passes_by_itself_is_never_given_up_by_the_event(lambdas: Lambdas) -> None:
    lambdas.dynamodb.delete_table(TableName=lambdas.stack.profiles)

    failed = handle(body(identify()), body(identify(**BENS)), receives=5)

    assert failed == ["m-0", "m-1"]
    assert lambdas.dead_letters() == []


def test_an_unreadable_event_is_given_up_once_its_message_is_done_with(choking: Lambdas) -> None:
    """Else it would be given up again with every receive of its message."""
    message = {"events": [*body(poisonous())["events"], {"type": "track"}]}

    waiting = handle(message, receives=1), choking.dead_letters()
    done = handle(message, receives=5), choking.dead_letters()

    assert waiting == (["m-0"], [])
    assert done[0] == []
    assert sorted(reason.split(" ")[0] for _, reason in done[1]) == ["KeyError", "unreadable:"]
