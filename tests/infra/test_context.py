"""What `-c` may say, and what it is told when it is wrong."""

import json

import pytest
from aws_cdk import App

from hub.connector_kit import Connector, discover
from hub.errors import ConfigurationError
from hub.strategy.policy import Policy, Source
from hub.strategy.strategy import Strategy
from infra.context import Choices, choices_of, chosen_connectors, derived_write_keys
from infra.stages import DEV, PROD


def choices(**context: str) -> Choices:
    return choices_of(App(context=context).node)


def test_without_a_word_it_is_a_development_stage_in_real_time() -> None:
    found = choices()

    assert (found.stage, found.speed, found.start, found.rehearsal) == (DEV, 1, None, False)


def test_an_unknown_stage_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigurationError, match="dev, prod, local"):
        choices(stage="staging")


@pytest.mark.parametrize("speed", ["fast", "0", "-1", "nan", "inf", "1e9"])
def test_a_speed_that_time_cannot_have_is_refused(speed: str) -> None:
    with pytest.raises(ConfigurationError, match="-c speed="):
        choices(speed=speed)


def test_a_start_makes_a_rehearsal() -> None:
    found = choices(start="2026-11-27T08:00:00Z")

    assert (found.start, found.rehearsal) == (1_795_766_400_000, True)


def test_a_start_that_is_no_time_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="ISO 8601"):
        choices(start="tomorrow")


def test_a_missing_strategy_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no/such/place"):
        choices(strategy="no/such/place")


def test_write_keys_can_be_given() -> None:
    assert choices(write_keys=json.dumps({"wk_1": "website"})).write_keys == {"wk_1": "website"}


@pytest.mark.parametrize("text", ["[1]", '{"wk": 1}', "no json"])
def test_write_keys_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="-c write_keys"):
        choices(write_keys=text)


def test_each_source_has_a_key_that_stays_and_differs_from_stage_to_stage() -> None:
    strategy = Strategy(policy=Policy(sources={"website": Source(), "app": Source()}))

    dev, again, prod = (derived_write_keys(stage, strategy) for stage in (DEV, DEV, PROD))

    assert list(dev.values()) == ["website", "app"]
    assert dev == again
    assert not dev.keys() & prod.keys()


def test_without_sources_there_is_one_for_the_website() -> None:
    assert list(derived_write_keys(DEV, Strategy()).values()) == ["website"]


def slugs(connectors: list[Connector]) -> list[str]:
    return [connector.slug for connector in connectors]


def test_every_connector_is_deployed_unless_asked_otherwise() -> None:
    assert choices_of(App().node).connectors == "all"


def test_it_can_be_only_the_connectors_that_a_journey_uses() -> None:
    assert chosen_connectors("used", Strategy(), discover()) == []


def test_more_connectors_can_be_asked_for_by_name_or_all() -> None:
    everything = discover()

    assert slugs(chosen_connectors("used,site", Strategy(), everything)) == ["site"]
    assert chosen_connectors("all", Strategy(), everything) == everything


def test_a_connector_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no carrier_pigeon"):
        chosen_connectors("used,carrier_pigeon", Strategy(), discover())
