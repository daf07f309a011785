"""The strategy that comes with the hub: the story of the cart, with real templates."""

import re
from pathlib import Path

import pytest
from liquid import Environment

from hub.authoring import read_strategy
from hub.clock import DAY, HOUR
from hub.connector_kit import discover

_STRATEGY = Path(__file__).parents[2] / "strategy"
_TEA = {
    "product_id": "1",
    "name": "Green & white tea",
    "price": 12.5,
    "quantity": 2,
    "url": "https://shop.example/1",
    "image_url": "https://shop.example/1.jpg",
}
_CUP = {"product_id": "2", "name": "Cup", "price": 4.05, "quantity": 1}
_DOCUMENT = {
    "profile": {"id": "p_1", "email": "anna@shop.example", "traits": {"firstName": "Anna"}},
    "cart": {
        "cart_id": "c 1",
        "items": 3,
        "value": 29.05,
        "currency": "EUR",
        "summary": "2 teas, 1 cup",
        "lines": [_TEA, _CUP],
        "updated_at": "2026-11-21T10:00:00Z",
    },
    "segments": ["cart_abandoner"],
    "unsubscribe_url": "https://hub.example/u?t=1&x=2",
}


@pytest.fixture(scope="module")
def strategy():
    return read_strategy(_STRATEGY, discover())


def _render(source, *, escape):
    return Environment(autoescape=escape).from_string(source).render(**_DOCUMENT)


def test_it_is_right_in_every_file(strategy):
    assert [segment.name for segment in strategy.segments] == ["cart_abandoner", "vip", "window_shopper"]
    assert [journey.name for journey in strategy.journeys] == ["cart_recovery"]


def test_the_journey_is_the_story(strategy):
    journey = strategy.journey_by_name["cart_recovery"]

    told = [(step.after, [do.address for do in step.do]) for step in journey.steps]

    assert told == [
        (
            0,
            [
                "amazon_ses.send_email",
                "meta_custom_audiences.join",
                "optimizely.update_profile",
                "intercom.update_contact",
                "site.show",
            ],
        ),
        (4 * HOUR, ["display_video_360.join"]),
        (12 * HOUR, ["google_ads.join", "amazon_ses.send_email"]),
    ]
    assert (journey.ends_after, journey.holdout, journey.entry.again_after) == (3 * DAY, 0.1, 7 * DAY)


@pytest.mark.parametrize("name", ["cart_reminder", "free_shipping"])
def test_an_email_shows_the_cart_its_total_and_the_way_out(strategy, name):
    template = strategy.templates[name]

    html = _render(template.html, escape=True)
    text = _render(template.text, escape=False)

    for part in ("Green &amp; white tea", "25.00", "4.05", "29.05 EUR", "https://shop.example/1.jpg"):
        assert part in html
    assert 'href="https://shop.example/cart?cart_id=c+1' in html
    assert 'href="https://hub.example/u?t=1&amp;x=2"' in html
    for part in (
        "2 x Green & white tea: 25.00",
        "Total: 29.05 EUR",
        "Unsubscribe: https://hub.example/u?t=1&x=2",
    ):
        assert part in text


def test_the_subject_calls_her_by_her_name_and_does_without(strategy):
    subject = strategy.templates["cart_reminder"].subject

    assert _render(subject, escape=False) == "Anna, you left something in your cart"
    assert (
        Environment().from_string(subject).render(profile={"traits": {}})
        == "You, you left something in your cart"
    )


@pytest.mark.parametrize("name", ["cart_welcome", "cart_summary"])
def test_the_other_places_show_the_cart_too(strategy, name):
    html = _render(strategy.templates[name].html, escape=True)

    assert "Green &amp; white tea" in html


@pytest.mark.parametrize("name", ["cart_reminder", "free_shipping", "cart_welcome", "cart_summary"])
def test_a_customer_of_whom_little_is_known_gets_a_whole_text_too(strategy, name):
    bare = {"profile": {"traits": {}}, "cart": {**_DOCUMENT["cart"], "lines": [_CUP]}, "unsubscribe_url": ""}

    html = Environment(autoescape=True).from_string(strategy.templates[name].html).render(**bare)

    assert "Cup" in html
    assert not re.search('<img|Unsubscribe|<a href=""|, <', html)
