import pytest
from pydantic import ValidationError

from hub.clock import DAY, HOUR
from hub.strategy.policy import CAPS_COUNT, Cap, Policy


def test_a_policy_may_be_left_out_altogether():
    policy = Policy()

    assert policy.time_zone == "UTC"
    assert policy.identifiers.priority == ("user_id", "email", "phone", "anonymous_id")
    assert [policy.identifiers.limit(kind) for kind in policy.identifiers.priority] == [1, 5, 5, 50]
    assert policy.party("anywhere") == "first"
    assert policy.purpose("amazon_ses", "send_email") is None
    assert (policy.caps, policy.quiet_hours, policy.holdout) == ((), None, 0)


def test_the_purpose_of_an_action_goes_before_its_connectors():
    policy = Policy.model_validate({"purposes": {"amazon_ses": "email", "amazon_ses.send_email": "offers"}})

    purposes = [policy.purpose("amazon_ses", action) for action in ("send_email", "other")]

    assert purposes == ["offers", "email"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, True),
        ({"channel": "email"}, True),
        ({"channel": "ads"}, False),
        ({"journey": "cart_recovery"}, True),
        ({"journey": "other"}, False),
        ({"media": "owned"}, True),
        ({"media": "paid"}, False),
        ({"channel": "email", "journey": "other"}, False),
    ],
)
def test_a_cap_applies_to_what_it_names_and_to_all_when_it_names_nothing(written, expected):
    cap = Cap.model_validate({"at_most": 1, "within": "1d", **written})

    assert cap.applies(channel="email", journey="cart_recovery", paid=False) is expected
    assert cap.within == DAY


def test_quiet_hours_are_of_the_channels_named():
    quiet = Policy.model_validate(
        {"quiet_hours": {"from": "21:00", "to": "08:00", "channels": ["sms"]}}
    ).quiet_hours

    assert (quiet.from_, quiet.to, quiet.channels) == (21 * HOUR, 8 * HOUR, ("sms",))
    assert quiet.covers(0)


def test_limits_that_are_not_named_stay_as_they_are():
    identifiers = Policy.model_validate({"identifiers": {"limits": {"email": 2}}}).identifiers

    assert [identifiers.limit(kind) for kind in ("email", "phone")] == [2, 5]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"identifiers": {"priority": ["email"]}}, "priority lacks 'user_id'"),
        (
            {"identifiers": {"priority": ["user_id", "anonymous_id", "user_id"]}},
            "'user_id' stands there twice",
        ),
        ({"identifiers": {"limits": {"fax": 1}}}, "limits names 'fax', priority does not"),
        ({"identifiers": {"limits": {"user_id": 2}}}, "a customer has one user_id"),
        ({"identifiers": {"limits": {"email": 0}}}, "greater than or equal to 1"),
        ({"sources": {"website": {"party": "fourth"}}}, "Input should be 'zero'"),
        ({"sources": {"website": {"region": "Czechia"}}}, "should match pattern"),
        ({"caps": [{"at_most": 3}]}, "Field required"),
        ({"caps": [{"at_most": -1, "within": "1d"}]}, "greater than or equal to 0"),
        ({"caps": [{"at_most": 1, "within": "0s"}]}, "a duration of nothing"),
        ({"caps": [{"at_most": 1, "within": "1d", "media": "earned"}]}, "Input should be 'owned'"),
        ({"quiet_hours": {"from": "21:00"}}, "Field required"),
        ({"quiet_hours": {"from": "21:00", "to": "21:00"}}, "begins and ends at the same time"),
        ({"quiet_hours": {"from": "21:00", "to": "08:00", "channels": []}}, "at least 1 item"),
        ({"priorities": ["a", "a"]}, "'a' stands there twice"),
        ({"holdout": "150%"}, "is no share"),
        ({"hold_out": "10%"}, "Extra inputs are not permitted"),
    ],
)
def test_a_policy_that_can_never_be_right_is_refused(written, sentence):
    with pytest.raises(ValidationError) as refused:
        Policy.model_validate(written)

    assert sentence in str(refused.value)


def caps(*at_most: int) -> dict[str, object]:
    return {"caps": [{"at_most": number, "within": "7d"} for number in at_most]}


def test_caps_count_no_more_messages_than_a_profile_can_remember():
    assert Policy.model_validate(caps(3, CAPS_COUNT - 3))

    with pytest.raises(ValidationError, match=f"count up to {CAPS_COUNT + 1} messages") as error:
        Policy.model_validate(caps(3, CAPS_COUNT - 2))

    assert error.value.errors()[0]["loc"] == ("caps",)


def test_an_order_is_credited_to_what_reached_her_within_thirty_days_unless_said_otherwise():
    assert Policy().look_back == 30 * DAY
    assert Policy.model_validate({"look_back": "7d"}).look_back == 7 * DAY
