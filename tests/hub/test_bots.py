"""Robots by their user agent, held against the lists that others keep (../shared, where it is)."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from hub.bots import is_bot, is_robot
from tests.shoppers import track

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
GECKO = "(KHTML, like Gecko)"
CHROME = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {GECKO} Chrome/131.0.0.0 Safari/537.36"
)
WEBVIEW = (
    f"Mozilla/5.0 (Linux; Android 15; {{build}}; wv) AppleWebKit/537.36 {GECKO} Version/4.0"
    " Chrome/142.0.7444.142 Mobile Safari/537.36"
)
IPHONE = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 {GECKO} Version/18.1"
    " Mobile/15E148 Safari/604.1"
)

needs_lists = pytest.mark.skipif(not SHARED.is_dir(), reason="the lists lie outside the project")


@pytest.mark.parametrize(
    "agent",
    [
        CHROME,
        IPHONE,
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
        f"{WEBVIEW.format(build='CPH2557 Build/AP3A.240617.008')} Instagram 406.0.0.58.159 Android",
        f"{WEBVIEW.format(build='Pixel 10 Pro Build/CP1A.260305.018')} MetaIAB Facebook",
        f"{WEBVIEW.format(build='G011A Build/N2G48H')} Viber/11.9.5.8",
        WEBVIEW.format(build="CUBOT KINGKONG 9 Build/UP1A.231005.007"),
        "Dalvik/2.1.0 (Linux; U; Android 14; SM-S911B Build/UP1A.231005.007)",
        "okhttp/4.12.0",
        "Shop/4.2 CFNetwork/1494.0.7 Darwin/23.4.0",
        "",
    ],
)
def test_people_are_no_robots(agent: str) -> None:
    assert not is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        CHROME.replace("Chrome", "HeadlessChrome"),
        "python-requests/2.32.3",
        "AcmeShopScout/1.0 (+https://scout.example/about)",
        "acme price crawler",
    ],
)
def test_robots_are_robots_also_those_that_are_on_no_list(agent: str) -> None:
    assert is_robot(agent)


@pytest.mark.parametrize(
    "context", [{}, {"userAgent": None}, {"userAgent": 5}, {"userAgent": ""}, {"userAgent": CHROME}]
)
def test_an_event_without_a_robots_user_agent_is_a_customers(context: dict[str, Any]) -> None:
    assert not is_bot(track("Product Viewed", context=context))


def test_an_endless_user_agent_is_looked_at_only_so_far() -> None:
    assert is_bot(track("Product Viewed", context={"userAgent": "Googlebot/2.1 " + "x" * 30_000}))
    assert not is_bot(track("Product Viewed", context={"userAgent": "x" * 30_000 + "Googlebot/2.1"}))


def listed(name: str) -> list[str]:
    agents: dict[str, list[str]] = yaml.safe_load(gzip.decompress((SHARED / name).read_bytes()))
    return [agent for several in agents.values() for agent in several]


@needs_lists
def test_the_crawlers_of_the_list_are_caught_but_for_those_that_people_look_like() -> None:
    entries = json.loads(gzip.decompress((SHARED / "crawler_user_agents.json.gz").read_bytes()))
    instances = [agent for entry in entries for agent in entry["instances"]]

    missed = [agent for agent in instances if not is_robot(agent)]

    assert len(instances) > 2_000
    assert len(missed) <= 12, missed


@needs_lists
def test_of_five_hundred_browsers_none_is_caught_but_what_is_called_a_browser_by_that_list_alone() -> None:
    browsers = listed("isbot_browsers.yml.gz")

    caught = [agent for agent in browsers if is_robot(agent)]

    # Two speed meters (YLT, GTmetrix), a stress tester, Yahoo's crawler and Amazon's assistant.
    robots = ("YLT ", "GTmetrix", "TSM-turingos", "Slurp", "Amzn-User")
    assert len(browsers) > 500
    assert [agent for agent in caught if not any(word in agent for word in robots)] == []


@needs_lists
def test_two_of_three_crawlers_on_a_list_of_somebody_elses_are_caught() -> None:
    """What is missed are mostly feed readers, monitors and HTTP clients, which post no events."""
    crawlers = listed("isbot_crawlers.yml.gz")

    caught = sum(map(is_robot, crawlers))

    assert caught / len(crawlers) > 0.66, f"{caught} of {len(crawlers)}"
