"""A letter whose answer was lost: never sent again, and what the vendor tells of it says how it ended."""

import json
from typing import Any

import pytest

from hub.clock import HOUR, SECOND, Instant
from hub.connector_kit import Hook, discover
from hub.connector_kit.receiving import receive_event
from hub.deliveries import Delivery, Status
from hub.strategy.strategy import Strategy
from tests.cart_story import QUIET, Story

_SES = next(one for one in discover() if one.slug == "amazon_ses")


@pytest.fixture
def story(own_strategy: Strategy) -> Story:
    """The answer to her first letter is lost; nobody knows whether it left."""
    story = Story(own_strategy)
    story.hub.vendors.fail("amazon_ses", mode="timeout")
    story.fills_her_cart()
    story.hub.advance_to(QUIET)
    return story


def told_by_ses(story: Story, kind: str, at: Instant) -> Delivery:
    """The event of the configuration set, with the tags that the letter carried."""
    [letter] = story.hub.vendors.asked("amazon_ses")
    tags = {one["Name"]: [one["Value"]] for one in letter["body"]["EmailTags"]}
    event: dict[str, Any] = {"source": "aws.ses", "detail": {"eventType": kind, "mail": {"tags": tags}}}
    hook = Hook(body=json.dumps(event).encode(), received_at=at, real_at=at)
    assert _SES.callbacks is not None
    [delivery] = receive_event(hook, _SES.callbacks, _SES.credentials.example()).deliveries
    return delivery


def first_letter(story: Story) -> Status:
    return story.statuses["amazon_ses", 0]


def test_it_is_unknown_and_is_not_sent_again(story: Story) -> None:
    story.hub.advance_to(QUIET + HOUR)

    assert first_letter(story) is Status.UNKNOWN
    assert len(story.hub.vendors.asked("amazon_ses")) == 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Send", Status.SENT),
        ("Delivery", Status.DELIVERED),
        ("Bounce", Status.BOUNCED),
        ("Reject", Status.REJECTED),
    ],
)
@pytest.mark.parametrize("after", [0, 20 * SECOND, HOUR])
def test_what_ses_tells_of_it_resolves_it(story: Story, kind: str, status: Status, after: int) -> None:
    """Also at once: SES says `Send` while we still wait for the answer that never comes."""
    story.hub.report(told_by_ses(story, kind, QUIET + after))

    assert first_letter(story) is status


def test_a_twin_of_it_that_comes_later_does_not_unsay_what_is_known(story: Story) -> None:
    story.hub.report(told_by_ses(story, "Delivery", QUIET + SECOND))
    [unknown] = [one for one in story.hub.deliveries if one.status is Status.UNKNOWN]
    story.hub.advance_to(QUIET + HOUR)

    twin = story.hub.ledger.rows[unknown.message_id]
    story.hub.report(unknown.model_copy(update={"at": twin.at}))

    assert first_letter(story) is Status.DELIVERED
